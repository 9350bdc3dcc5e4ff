"""Several processes train one run: the same losses, gradients and parameters as one process."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from mlcl_core.engine.process_group import ProcessGroup, make_accelerator
from mlcl_core.engine.same_data import data_digest, refuse_other_data
from mlcl_core.errors import InputError
from mlcl_core.losses import LOSSES
from tests.engine.several_processes import train
from tests.engine.toy import toy_data, toy_trainer

ROOT = Path(__file__).resolve().parents[2]
PROCESSES = 3
LOSS_CASES: list[tuple[str, dict[str, Any], bool]] = [
    *((name, {}, False) for name in LOSSES),
    ("weighted_supcon", {}, True),
    ("weighted_supcon", {"reduction": "rows", "rule": "mulsupcon"}, False),
    ("soft_contrastive", {}, True),
    ("msc", {}, True),
]
# 16 items a batch: 6, 5 and 5
TRAININGS: list[dict[str, Any]] = [
    {},
    {"loss__momentum": 0.9, "loss__queue_size": 20, "loss__candidates": "both"},
    {"loss__name": "msc", "loss__logit": "two_way"},
    {"loss__name": "label_level"},
    {"training__batch_size": 7, "model__projection_dim": 5},
]
SGD = {"optimiser__name": "sgd", "optimiser__learning_rate": 0.05}


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Results of three processes of one torchrun."""
    out = tmp_path_factory.mktemp("several") / "out.json"
    order = {"losses": LOSS_CASES, "trainings": [SGD | case for case in TRAININGS]}
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={PROCESSES}"]
    done = subprocess.run(
        [*torchrun, "-m", "tests.engine.several_processes", str(out), json.dumps(order)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(out.read_text())
    assert found["size"] == PROCESSES
    return found


@pytest.mark.slow
def test_losses_and_gradients_are_those_of_one_process(several: dict[str, Any]) -> None:
    """Every loss, keys and prototypes among them: value and every parameter's gradient, to 1e-12 in float64."""
    bad = {str(case): gap for case, gap in zip(LOSS_CASES, several["differences"], strict=True) if not gap < 1e-12}
    assert bad == {}


@pytest.mark.slow
@pytest.mark.parametrize("place", range(len(TRAININGS)))
def test_a_run_is_the_same_run(several: dict[str, Any], place: int) -> None:
    """Three epochs in float32, rule, batch size and sampler changed on the way: losses, parameters to 1e-5."""
    found, alone = several["trained"][place], train(SGD | TRAININGS[place])
    assert found["losses"] == pytest.approx(alone["losses"], rel=1e-5)
    assert found["apart"] == 0
    expected = torch.tensor(alone["parameters"])
    torch.testing.assert_close(
        torch.tensor(found["parameters"]), expected, rtol=0, atol=1e-5 * float(expected.abs().max())
    )


@pytest.mark.slow
def test_processes_with_other_data_are_refused(several: dict[str, Any]) -> None:
    """One of three reads another file: all three say so, and none trains."""
    assert several["other_data"] == PROCESSES


def test_any_other_data_have_another_digest() -> None:
    """Labels, names of labels, splits and items count; names of items do not."""
    data = toy_data()
    same = replace(data, item_names=data.item_names[::-1])
    others = [
        toy_data(noise=2.0),
        replace(data, label_names=data.label_names[::-1]),
        replace(data, split=np.roll(data.split, 1)),
        replace(data, labels=data.labels.select(np.arange(len(data))[::-1].copy())),
    ]
    wanted = data_digest(data)
    assert torch.equal(data_digest(same), wanted)
    assert not any(torch.equal(data_digest(other), wanted) for other in others)
    refuse_other_data(ProcessGroup(), data, torch.device("cpu"))


@pytest.mark.parametrize(("n", "size"), [(0, 2), (1, 3), (11, 3), (12, 4), (5, 5)])
def test_slices_cover_a_batch(n: int, size: int) -> None:
    """Each item belongs to one process, in order; lengths differ by one at most."""
    slices = [ProcessGroup(rank, size).slice(n) for rank in range(size)]
    assert [i for one in slices for i in range(n)[one]] == list(range(n))
    lengths = [len(range(n)[one]) for one in slices]
    assert max(lengths) - min(lengths) <= 1


def test_alone_nothing_is_exchanged() -> None:
    """One process: no local anchors, and every operation returns its input."""
    x = torch.arange(3.0)
    group = ProcessGroup()
    assert group.local_anchors(3, 2, x.device) is None
    assert group.gather(x, 3, 1) is x
    assert group.all_reduce(x) is x
    assert group.broadcast(x) is x


@pytest.mark.parametrize(
    ("processes", "gpus", "words"),
    [
        (
            2,
            1,
            r"2 processes for 1 GPU of this machine: local ranks 1 have none; start 1 \(torchrun --nproc-per-node=1",
        ),
        (4, 2, r"4 processes for 2 GPUs of this machine: local ranks 2, 3 have none; start 2 .*training\.device=cpu"),
    ],
)
def test_two_ranks_on_one_gpu_are_refused(
    monkeypatch: pytest.MonkeyPatch, processes: int, gpus: int, words: str
) -> None:
    """Before anything connects; processes of other machines do not count."""
    monkeypatch.setenv("WORLD_SIZE", str(2 * processes))
    monkeypatch.setenv("LOCAL_WORLD_SIZE", str(processes))
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
    with pytest.raises(InputError, match=words):
        make_accelerator(torch.device("cuda"))


def test_a_gpu_alone_has_no_process_group(monkeypatch: pytest.MonkeyPatch) -> None:
    """A CUDA device without torchrun is one process: Accelerate fails where a backend is named and no launcher is."""
    monkeypatch.delenv("LOCAL_RANK", raising=False)
    _, group = make_accelerator(torch.device("cuda"))
    assert (group.rank, group.size) == (0, 1)


def test_more_processes_than_items(monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch that is too small for all processes is refused before training."""
    from mlcl_core.engine import compute, loop

    make = compute.make_accelerator
    monkeypatch.setattr(loop, "refuse_other_data", lambda *_: None)
    monkeypatch.setattr(compute, "make_accelerator", lambda device: (make(device)[0], ProcessGroup(0, 17)))
    with pytest.raises(InputError, match="17 processes share a batch of 16"):
        toy_trainer()
