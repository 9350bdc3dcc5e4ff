"""A run opened after its training: the network at each checkpoint, and what is refused."""

import shutil
from pathlib import Path

import pytest
import torch

from mlcl_core.engine.measure import encode
from mlcl_core.errors import InputError
from mlcl_core.runs.opened_run import open_run
from mlcl_core.runs.run import Run
from mlcl_core.runs.store import Store
from tests.engine.toy import toy_config
from tests.trained_runs import vectors_run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A trained run."""
    return vectors_run(tmp_path_factory.mktemp("home"))


def test_each_checkpoint_gives_its_network(run: Run) -> None:
    """Weights are those of the checkpoint, at every step; features differ from step to step and repeat."""
    opened = open_run(run)
    assert opened.steps == (0, 6, 12)
    features = {}
    for step, state in opened.states():
        opened.load(step)
        assert all(torch.equal(tensor, state[name]) for name, tensor in opened.network.state_dict().items())
        features[step] = encode(opened.network, opened.data, torch.arange(96), opened.device).h
    opened.load(6)
    assert torch.equal(encode(opened.network, opened.data, torch.arange(96), opened.device).h, features[6])
    assert not torch.allclose(features[0], features[12])


def test_what_is_not_there_is_refused(run: Run, tmp_path: Path) -> None:
    """A step without a checkpoint, a damaged one, and a run without any."""
    opened = open_run(run)
    with pytest.raises(InputError, match=r"no checkpoint at step 7; there are checkpoints at 0, 6, 12$"):
        opened.load(7)
    copy = Run(tmp_path / "runs" / run.id)
    shutil.copytree(run.path, copy.path)
    file = copy.path / "checkpoints" / "00000006.safetensors"
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(InputError, match=r"checkpoint at step 6 is damaged: 00000006\.safetensors is not what was"):
        open_run(copy).load(6)
    with pytest.raises(InputError, match="has no checkpoint"):
        open_run(Store(tmp_path).create(toy_config()))
