"""A worker killed at any moment loses nothing: its files are readable, and the resumed run ends alike."""

from collections.abc import Iterator
from typing import Any

import pytest

from mlcl_core.bench import faults
from mlcl_core.bench.forked import CHANGE
from mlcl_core.runs.numbered import numbered
from mlcl_core.runs.records import FAILED, FINISHED

KINDS = {
    "data.json", "data.safetensors", "probe.parquet", "frames.safetensors", "batches.safetensors",
    "checkpoints.safetensors", "checkpoints.json", "events:started", "events:frame", "events:step", "events:epoch",
    "events:acknowledged", "events:checkpoint", "events:finished",
}  # fmt: skip


Left = tuple[dict[str, Any], dict[str, Any]]


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[faults.Forge]]:
    """Two servers that fork workers, on one home directory."""
    with faults.forges(tmp_path_factory.mktemp("faults"), 2) as forges:
        yield forges


@pytest.fixture(scope="module")
def alone(workshop: list[faults.Forge]) -> Left:
    """A run without a kill: its writes in order, and its bits."""
    return faults.left_alone(workshop[0])


@pytest.mark.slow
def test_the_run_that_is_killed_writes_everything(alone: Left) -> None:
    """The small run meets every kind of write, an intervention after its last checkpoint but one among them."""
    told, expected = alone
    assert set(told["kinds"]) == KINDS
    assert expected["set"] == [(faults.INJECT, CHANGE)]
    assert [step for step, _ in expected["losses"]] == list(range(1, 14))  # 3 + 3 + 3, then 4 of the smaller batches
    assert faults.INJECT % faults.CHECKPOINT_EVERY != 0


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_killed_anywhere_it_ends_bit_for_bit_as_if_left_alone(workshop: list[faults.Forge], alone: Left) -> None:
    """SIGKILL at each kind of write, within and right after it in turn, and at three random moments:
    interrupted, every file readable, and after resuming the same losses, metrics, frames, checkpoint, test numbers and
    intervention. `mlcl bench faults` does both to each kind.
    """
    told, expected = alone
    planned = faults.orders(told["kinds"], told["seconds"], 3, 0)
    assert len(planned) == 2 * len(KINDS) + 3
    writes, moments = planned[:-3], planned[-3:]
    by_turns = [writes[2 * kind + kind % 2] for kind in range(len(KINDS))]
    assert {order["kill"]["when"] for order in by_turns} == {"half", "after"}
    assert faults.failures(workshop, expected, by_turns + moments) == {}


@pytest.mark.slow
@pytest.mark.parametrize(
    "full",
    [{"kind": "checkpoints.safetensors", "nth": 2}, {"kind": "events:step", "nth": 7}],
    ids=lambda full: full["kind"],
)
def test_a_full_disk_fails_the_run_in_one_line_and_costs_nothing(
    workshop: list[faults.Forge], alone: Left, full: dict[str, Any]
) -> None:
    """No room for any write, status and log line included: failed, with one clear line; what was there is whole; with
    room again, resuming ends as if nothing had been.
    """
    one = workshop[0]
    run = one.create()
    one.work(run, full=full)
    status = run.status()
    assert status.state == FAILED
    assert status.error is not None
    assert status.error.startswith(f"No space left on device: {run.path}")
    assert "\n" not in status.error
    faults.readable(run)
    assert numbered(run.path / "checkpoints")
    one.work(run)
    assert run.status().state == FINISHED
    assert run.status().error is None
    assert faults.final_bits(run) == alone[1]
