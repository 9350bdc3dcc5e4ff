"""Libraries that are loaded early: which, when, and that no run is kept waiting for them."""

import json
import subprocess
import sys
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import torch

from mlcl_core.engine.presets import preset
from mlcl_core.errors import InputError
from mlcl_core.home_directory import home_directory
from mlcl_core.runs import launch
from mlcl_core.runs.store import Store
from mlcl_core.runs.worker import PRETRAINED, libraries
from mlcl_core.runs.worker.libraries import ENCODER, PROBE, load_for_probe, load_while_waiting, open_device

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is loaded, in order, instead of loading it."""
    found: list[str] = []
    monkeypatch.setattr(libraries, "load", lambda: found.append("training"))
    monkeypatch.setattr(libraries, "import_module", found.append)
    monkeypatch.setattr(libraries, "PATIENCE", 0.0)
    return found


@pytest.mark.parametrize(("pretrained", "first"), [(False, ()), (True, ENCODER)])
def test_a_waiting_worker_loads_what_comes_later(loaded: list[str], pretrained: bool, first: tuple[str, ...]) -> None:
    """The libraries of training, those of a pretrained encoder where there will be one, those of the probe."""
    load_while_waiting(Event(), pretrained)
    assert loaded == ["training", *first, *PROBE]


@pytest.mark.parametrize("when", ["training", PROBE[0]])
def test_a_run_that_has_come_is_not_kept_waiting(loaded: list[str], monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    """Nothing is begun once the run is there."""
    come = Event()

    def load(name: str = "training") -> None:
        loaded.append(name)
        if name == when:
            come.set()

    monkeypatch.setattr(libraries, "load", load)
    monkeypatch.setattr(libraries, "import_module", load)
    load_while_waiting(come, False)
    assert loaded == (["training"] if when == "training" else ["training", when])


def test_beside_a_gpu_the_probe_is_loaded_while_it_trains(loaded: list[str]) -> None:
    """In a thread that is waited for; on a CPU, whose cores train, nothing is loaded."""
    load_for_probe(torch.device("cpu"))()
    assert loaded == []
    load_for_probe(torch.device("cuda"))()
    assert loaded == list(PROBE)


def test_a_device_that_cannot_be_opened_is_told_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread that opens it beforehand says nothing; a CPU needs no thread."""
    tried: list[str] = []

    def fail() -> None:
        tried.append("cuda")
        raise RuntimeError("out of memory")

    monkeypatch.setattr(libraries, "_open", fail)
    open_device("cpu")()
    assert tried == []
    open_device("cuda")()
    assert tried == ["cuda"]


@pytest.mark.parametrize(("name", "words"), [("icons", []), ("movies", [PRETRAINED])])
def test_the_worker_is_told_of_a_pretrained_encoder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, words: list[str]
) -> None:
    """Before its run is made, which may take as long as its data take to be read."""
    commands: list[list[str]] = []

    def start(arguments: list[str], *_: Any, **__: Any) -> Any:
        commands.append(arguments)
        raise InputError("enough")

    monkeypatch.setattr(launch, "_start", start)
    with pytest.raises(InputError, match="enough"):
        launch.start(Store(home_directory(tmp_path)), preset(name), None)
    assert commands == [[launch.WORKER, "-", *words]]


LATER = """
import json, sys
from mlcl_core.runs.worker import PRETRAINED, libraries
libraries.load()
for name in libraries.PROBE:
    libraries.import_module(name)
before = set(sys.modules)
from tests.engine.toy import toy_trainer
toy_trainer().finished()
print(json.dumps(sorted({name for name in set(sys.modules) - before if name.split(".")[0] in ("sklearn", "scipy")})))
"""


@pytest.mark.slow
def test_the_probe_needs_nothing_more() -> None:
    """In a fresh process, once these libraries are loaded, the end of a run imports nothing large."""
    done = subprocess.run([sys.executable, "-c", LATER], cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.splitlines()[-1]) == []
