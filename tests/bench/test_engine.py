"""The bench of the engine: both sides do equal work, and its report is complete."""

import pytest
import torch

from mlcl_core.bench import BENCHES
from mlcl_core.bench.engine_bare import BareLoop
from mlcl_core.bench.engine_cases import CASES
from mlcl_core.engine.loop import Trainer
from mlcl_core.errors import InputError

PARTS = {"views", "labels", "network", "loss", "backward", "clip", "optimiser", "other"}


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_the_bare_loop_trains_the_same_network(name, tmp_path):
    """Features of the same items by the bare loop and by the engine's network of equal weights agree; both learn."""
    config, data = CASES[name].make(tmp_path, False, True)
    trainer = Trainer(config.with_settings({"training.device": "cpu"}), data=data)
    bare = BareLoop(trainer)
    for (key, ours), theirs in zip(trainer.network.named_parameters(), bare.network.parameters(), strict=True):
        assert torch.equal(ours, theirs), key
    trainer.network.eval()
    bare.network.eval()
    x = bare._views(torch.arange(3))
    torch.testing.assert_close(bare._features(x), trainer.network(x).h, atol=2e-5, rtol=1e-4)
    before = [p.detach().clone() for p in bare.learnt]
    bare.network.train()
    bare.step()
    assert any(not torch.equal(old, new) for old, new in zip(before, bare.learnt, strict=True))


@pytest.mark.slow
def test_report():
    """A ratio of each case, what a whole run spends its seconds on, and the price of watching."""
    found = BENCHES["engine"].run(quick=True, cases="vectors")
    assert set(found) == {"device", "cases", "watching", "run"}
    for case in found["cases"].values():
        assert case["ratio"] == pytest.approx(case["steps_per_second"] / case["bare_steps_per_second"], rel=0.05)
        assert set(case["parts_ms"]) == PARTS
        assert min(case["parts_ms"].values()) >= 0
    assert found["watching"]["cost"] < 1
    assert sum(found["run"]["parts"].values()) <= found["run"]["seconds"]


def test_unknown_case():
    """The cases are listed where one does not exist."""
    with pytest.raises(InputError, match="there is no case 'words'; there are: icons, digits"):
        BENCHES["engine"].run(cases="icons,words", quick=True)
