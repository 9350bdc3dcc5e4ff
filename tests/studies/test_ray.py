"""Studies on Ray: the rows of a study without it, on two nodes and when a worker dies; addresses that do not answer."""

import os
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import psutil
import pytest

from mlcl_core.cli import main
from mlcl_core.errors import InputError
from mlcl_core.runs.store import Store
from mlcl_core.studies.executors import ray as executor
from mlcl_core.studies.executors import ray_cluster
from mlcl_core.studies.executors.ray_cluster import check_address, connected
from mlcl_core.studies.whole import Study, prepared
from tests.sources import ROOT
from tests.studies.tiny import NOT_REPEATED, tiny_data, tiny_file

STORE_BYTES = 80_000_000  # the least that Ray takes
# Ray itself leaves open files and tells of changes to come, all of which are its own
QUIET = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::FutureWarning", "ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that all studies here are trained on."""
    return tiny_data(tmp_path_factory.mktemp("data") / "mine.npz")


@pytest.fixture(scope="module")
def local(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The study, trained in this process."""
    study = prepared(tiny_file(data), tmp_path_factory.mktemp("local"))
    study.run()
    return study


def same_as(study: Study, other: Study) -> None:
    """Rows, predictions and runs are equal, up to what is measured by a clock."""
    leave = [*NOT_REPEATED]
    pd.testing.assert_frame_equal(study.folder.rows().drop(columns=leave), other.folder.rows().drop(columns=leave))
    for row in study.folder.rows().to_dict("records"):
        found, wanted = (one.folder.predictions(row["cell"]) for one in (study, other))
        assert (found.scores == wanted.scores).all()
        run = Store(study.folder.home).run(row["run"])
        assert run.problem() is run.damage() is None
        assert run.frame_steps() == Store(other.folder.home).run(row["run"]).frame_steps()
    assert not [path for path in (study.folder.home / "runs").iterdir() if path.name.startswith(".")]


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Two nodes on this machine, of one processor each; their workers find the Lab in this checkout."""
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]))
    from ray.cluster_utils import Cluster

    node = {"num_cpus": 1, "num_gpus": 0, "object_store_memory": STORE_BYTES}
    found = Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
    try:
        found.add_node(**node)
        yield found
    finally:
        found.shutdown()


@QUIET
@pytest.mark.slow
def test_two_nodes_give_the_rows_of_one_process(cluster: Any, data: Path, local: Study, tmp_path: Path) -> None:
    """Both nodes train at the same time, each has one processor; a worker that is killed costs nothing but its time."""
    study, seen = prepared(tiny_file(data), tmp_path), set()
    killed: list[int] = []

    def watch(progress: Any) -> None:
        seen.add(progress.phase)
        if not killed and "more on Ray" in progress.phase:
            workers = [one for one in psutil.process_iter(["name", "cmdline"]) if _trains(one)]
            for worker in workers[:1]:
                worker.kill()
                killed.append(worker.pid)

    study.run(executor="ray", address=cluster.address, on_progress=watch)
    assert killed
    assert any("its worker died, it is begun again" in phase for phase in seen)
    assert any("and 1 more on Ray" in phase for phase in seen)
    same_as(study, local)


def _trains(process: psutil.Process) -> bool:
    """Whether a process is a worker of Ray that trains a cell of ours."""
    cells = ("any_shared", "bce")
    return " ".join(process.info["cmdline"] or []).startswith("ray::mine") and any(
        name in " ".join(process.info["cmdline"]) for name in cells
    )


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("nowhere", "must be auto or host:port"),
        ("127.0.0.1:99999", "must be auto or host:port"),
        ("127.0.0.1:1", "no Ray cluster answers: Connection refused; ray start --head starts one"),
    ],
)
def test_an_address_where_nothing_listens(data, tmp_path, capsys, address: str, words: str) -> None:
    """One line, exit code 2, before anything is opened; no study is begun."""
    path = tmp_path / "tiny.json"
    path.write_text(tiny_file(data).model_dump_json())
    arguments = ["study", str(path), "--home", str(tmp_path), "--executor", "ray", "--address", address]
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert words in said.err
    assert said.err.count("\n") == 1
    assert not (tmp_path / "studies").exists()


def test_a_server_that_is_no_ray_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes connections and never answers: refused when the time is over."""
    monkeypatch.setattr(ray_cluster, "ANSWER_SECONDS", 0.2)
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        address = f"127.0.0.1:{server.getsockname()[1]}"
        check_address(address)
        with pytest.raises(InputError, match=r"no Ray cluster answers within 0\.2 s$"), connected(address):
            pass


def test_what_goes_with_ray_alone(data, tmp_path, monkeypatch, capsys) -> None:
    """An address or GPUs without it, a share below 0, and Ray that is not installed."""
    path = tmp_path / "tiny.json"
    path.write_text(tiny_file(data).model_dump_json())
    begin = ["study", str(path), "--home", str(tmp_path)]
    for arguments, words in (
        (["--address", "auto"], "--address goes with --executor ray"),
        (["--gpus-per-cell", ".5"], "--gpus-per-cell goes with --executor ray"),
        (["--executor", "ray", "--gpus-per-cell", "-1"], "must be a number from 0 on"),
    ):
        assert main([*begin, *arguments]) == 2
        assert words in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "ray", None)
    assert main([*begin, "--executor", "ray"]) == 2
    assert "the executor ray needs a package: pip install 'mlcl-lab[ray]'" in capsys.readouterr().err


class _Errors:
    """The errors of Ray that the executor tells apart."""

    class WorkerCrashedError(Exception):
        """A worker is gone."""

    class OutOfMemoryError(Exception):
        """It took too much memory."""

    class NodeDiedError(Exception):
        """Its machine is gone."""

    class RaySystemError(Exception):
        """A task cannot be read."""

    class RayTaskError(Exception):
        """A task raised something."""


def test_a_worker_that_dies_twice_is_a_failed_cell(local: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is begun twice; the row says how it ended, and the other cells are trained."""
    first, *rest = local.cells
    results, begun = {}, []

    class Ray:
        """Answers at once; the worker of the first cell dies."""

        exceptions = _Errors

        def remote(self, **options: Any) -> Any:
            assert options == {"num_cpus": 1, "num_gpus": 0.0, "max_retries": 0}
            return lambda task: self

        def options(self, name: str) -> Any:
            begun.append(name)
            return type("Named", (), {"remote": staticmethod(lambda *values: (len(begun), name))})

        put = staticmethod(lambda value: value)
        nodes = staticmethod(lambda: [{"Alive": True, "Resources": {"CPU": 2.0}}])
        cluster_resources = staticmethod(lambda: {"CPU": 2.0})
        wait = staticmethod(lambda references, **_: (references[:1], references[1:]))

        def get(self, reference: tuple[int, str]) -> Any:
            if reference[1] == first.id:
                raise _Errors.WorkerCrashedError("killed\nby the system")
            from mlcl_core.studies.executors.ray_cell import Brought
            from mlcl_core.studies.records import Result

            return Brought(Result({"cell": reference[1], "state": "ok"}), {})

    work = executor.Work(
        home=local.folder.home,
        cells=iter(local.cells),
        on_result=lambda cell, result: results.update({cell.id: result.row}),
        on_phase=lambda *_: None,
        into=lambda cell: None,
        shared=local.shared,
    )
    executor._Tasks(Ray(), work).run()
    assert results[first.id]["state"] == "failed"
    words = "its worker died 2 times, the last time by WorkerCrashedError: killed"
    assert results[first.id]["error"] == words
    assert {results[cell.id]["state"] for cell in rest} == {"ok"}
    assert sorted(begun) == sorted([first.id, *(cell.id for cell in local.cells)])


def test_nothing_of_ray_is_left(local: Study) -> None:
    """No thread of this process is Ray's, and none of its processes runs, after the tests above."""
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ray")]
    assert not [child for child in psutil.Process().children(recursive=True) if "ray" in child.name()]
