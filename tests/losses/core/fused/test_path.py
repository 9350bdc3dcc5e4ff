"""Which path a loss takes: what is asked for, the precision of the call, and what the kernels can do."""

import sys
from types import SimpleNamespace

import pytest
import torch

from mlcl_core.errors import InputError
from mlcl_core.losses import WeightedSupCon, build_loss
from mlcl_core.losses.core.fused import problem as problems
from mlcl_core.losses.core.fused.path import half_precision, refused_by_machine
from mlcl_core.losses.core.local_anchors import LocalAnchors
from mlcl_core.pairs import RULES, Rule
from mlcl_core.pairs.slow import slow_paths

CPU = torch.device("cpu")
Z = torch.randn(9, 6, generator=torch.Generator().manual_seed(0))
Y = torch.rand(9, 4, generator=torch.Generator().manual_seed(1)) < 0.5
QUEUE = {"references": (Z, Y), "candidates": "both"}


def rule(attract):
    """A rule of its own, all of whose pairs are positive."""
    return Rule("own", "", "", "", "count", lambda pairs: (attract(pairs.counts), torch.ones_like(pairs.counts.shared)))


REFUSED = {
    "are no function of the label counts": WeightedSupCon(path="fused", rule=RULES["mulsupcon"]),
    "give one number, not one an anchor": WeightedSupCon(path="fused", reduction="none"),
    "have no regularised form": WeightedSupCon(path="fused", regularised=True),
    "drop no columns": WeightedSupCon(path="fused", no_positive="drop_columns"),
    "do not look for negatives first": WeightedSupCon(path="fused", no_negative="zero"),
    "not finite: of 0 and 0 labels, 0 of them shared": WeightedSupCon(path="fused", rule=rule(lambda c: 1 / c.shared)),
    "some positives the weight 0, whose logarithm": WeightedSupCon(
        path="fused", rule=rule(lambda counts: counts.shared), placement="inside"
    ),
}


@pytest.mark.parametrize("why", REFUSED)
def test_what_the_kernels_cannot_do_is_refused_or_said(why, monkeypatch):
    """``fused`` is an error that says why; ``auto`` under half precision says why and has the value of the tiles."""
    with pytest.raises(InputError, match=f"path fused: .*{why}.*; auto or tiles would do"):
        REFUSED[why](Z, Y)
    loss = REFUSED[why]
    if "finite" in why or "logarithm" in why:
        return
    monkeypatch.setattr("mlcl_core.losses.weighted_supcon.half_precision", lambda device: True)
    options = {name: getattr(loss, name) for name in ("rule", "reduction", "regularised", "no_positive", "no_negative")}
    with slow_paths() as reasons:
        value = WeightedSupCon(**options)(Z, Y)
    assert any("tiles in torch.float32 take the place of fused kernels" in one and why in one for one in reasons)
    assert torch.equal(value, WeightedSupCon(**options, path="tiles")(Z, Y))


@pytest.mark.parametrize(
    ("why", "z"),
    [
        ("the embeddings are float64", Z.double()),
        ("300 dimensions, they take at most 256", torch.ones(9, 300)),
        ("need an NVIDIA GPU, and the embeddings are on cpu", Z),
    ],
    ids=["float64", "wide", "cpu"],
)
def test_what_the_call_brings_is_refused(why, z):
    """Float64, wide embeddings, no GPU."""
    with pytest.raises(InputError, match=f"path fused: .*{why}"):
        build_loss("weighted_supcon", path="fused")(z, Y)


def test_plain_and_tiles_are_equal():
    """Whole matrices and tiles agree, with a queue and with several processes too; float32 takes the tiles in auto."""
    plain, tiles, auto = (build_loss("weighted_supcon", path=path) for path in ("plain", "tiles", "auto"))
    for inputs in ({}, QUEUE, {"local_anchors": LocalAnchors(torch.tensor([1, 4]), True, lambda count: count + 3)}):
        torch.testing.assert_close(plain(Z, Y, **inputs), tiles(Z, Y, **inputs))
        assert torch.equal(auto(Z, Y, **inputs), tiles(Z, Y, **inputs))
    each = (build_loss("weighted_supcon", path=path, reduction="none")(Z, Y) for path in ("plain", "tiles"))
    torch.testing.assert_close(*each)


def test_precision_is_that_of_the_call():
    """Autocast for CUDA in bfloat16 counts, on a CUDA device; in float16, switched off or for the CPU it does not."""
    cuda = torch.device("cuda", 0)
    assert not half_precision(cuda)
    for dtype, enabled, expected in ((torch.bfloat16, True, True), (torch.float16, True, False), (None, False, False)):
        torch.set_autocast_enabled("cuda", enabled)
        before = torch.get_autocast_dtype("cuda")
        torch.set_autocast_dtype("cuda", dtype or before)
        try:
            assert half_precision(cuda) == expected
            assert not half_precision(CPU)
        finally:
            torch.set_autocast_enabled("cuda", False)
            torch.set_autocast_dtype("cuda", before)


@pytest.fixture
def gpu(monkeypatch):
    """A GPU that torch describes and that runs nothing; what the kernels found out about it is forgotten."""
    found = SimpleNamespace(multi_processor_count=20, shared_memory_per_block_optin=232448)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (7, 5))
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "NVIDIA T4")
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: found)
    for known in (refused_by_machine, problems.plan_of):
        known.cache_clear()
    yield found
    for known in (refused_by_machine, problems.plan_of):
        known.cache_clear()


@pytest.mark.skipif(sys.platform != "linux", reason="Triton is for Linux")
def test_machines_that_cannot_are_told_apart(gpu, monkeypatch):
    """A GPU without bfloat16; one on which Triton runs no kernel; no Triton: a line each, found out once."""
    device = torch.device("cuda", 0)
    assert "NVIDIA T4 has no bfloat16 (compute capability 7.5" in refused_by_machine(device)
    refused_by_machine.cache_clear()
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (9, 0))
    monkeypatch.setattr("mlcl_core.losses.core.fused.functions.fill", None)
    assert refused_by_machine(device).startswith("Triton runs no kernel on cuda:0: ")
    refused_by_machine.cache_clear()
    monkeypatch.setitem(sys.modules, "mlcl_core.losses.core.fused.functions", None)
    assert refused_by_machine(device).startswith("Triton cannot be imported (")


def test_tiles_fit_the_device(gpu):
    """Programs by the number of multiprocessors; less shared memory: smaller tiles."""
    device = torch.device("cuda", 0)
    assert problems.plan_of(device) == problems.Plan(programs=40)
    gpu.shared_memory_per_block_optin = 101376
    problems.plan_of.cache_clear()
    small = problems.plan_of(device)
    assert small.sums.rows * small.sums.columns < problems.Plan().sums.rows * problems.Plan().sums.columns
