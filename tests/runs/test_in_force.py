"""Settings in force at a step: the configuration, then what was acknowledged up to it."""

from pathlib import Path
from typing import Any

import pytest

from mlcl_core.engine.config import TrainConfig
from mlcl_core.runs.files import append_line
from mlcl_core.runs.in_force import config_at, in_force
from tests.runs.handmade import make_run

FIRST = TrainConfig()


def change(step: int, settings: dict[str, Any], request: str = "", **more: Any) -> dict[str, Any]:
    """A line that acknowledges a change after a step."""
    about = {"request": request or f"{step} {settings}", "action": "set", "settings": settings}
    return {"event": "acknowledged", "step": step, **about, **more}


CHANGES = [
    change(7, {"loss.temperature": 0.2}),
    change(8, {"loss.temperature": 9.0}, result="refused: loss.temperature is 9"),
    {"event": "frame", "step": 9, "settings": {"loss.temperature": 0.5}},
    change(
        9,
        {"loss.rule": "any_shared", "loss.rule_params": {}, "training.batch_size": 64},
        from_step={"loss.rule": 10, "loss.rule_params": 10, "training.batch_size": 13},
    ),
    change(20, {"loss.temperature": "0.3"}),
    change(30, {"optimiser.learning_rate": 0.01}),
]


@pytest.mark.parametrize(
    ("step", "temperature", "rule", "batch", "rate"),
    [
        (6, 0.1, "similarity_dissimilarity", 256, 1e-3),
        (7, 0.2, "similarity_dissimilarity", 256, 1e-3),
        (9, 0.2, "any_shared", 256, 1e-3),
        (11, 0.2, "any_shared", 256, 1e-3),
        (12, 0.2, "any_shared", 64, 1e-3),
        (29, 0.3, "any_shared", 64, 1e-3),
        (None, 0.3, "any_shared", 64, 1e-2),
    ],
)
def test_a_change_holds_from_its_first_step_on(
    step: int | None, temperature: float, rule: str, batch: int, rate: float
) -> None:
    """After a step stands what the next one is trained with; without a step, all that is acknowledged."""
    now = in_force(FIRST, CHANGES, step)
    assert (now.loss.temperature, now.loss.rule) == (temperature, rule)
    assert (now.training.batch_size, now.optimiser.learning_rate) == (batch, rate)


def test_a_line_acknowledged_again_counts_once() -> None:
    """A resumed run acknowledges a change again: the last line of a request stands."""
    lines = [change(3, {"loss.rule": "jaccard"}, "a"), change(3, {"loss.rule": "jaccard", "seed": 4}, "a")]
    assert in_force(FIRST, lines, None).seed == 4


def test_damaged_changes_count_for_nothing() -> None:
    """A path that there is not, a value out of bounds: the changes beside them stand."""
    lines = [change(1, {"loss.heat": 3}), change(2, {"loss.temperature": -5}), change(3, {"loss.temperature": 0.4})]
    assert in_force(FIRST, lines, None) == FIRST.with_settings({"loss.temperature": 0.4})


def test_of_a_run_its_files_are_read(tmp_path: Path) -> None:
    """Configuration and events of a directory; a change after the step that a run was resumed from is gone."""
    run = make_run(tmp_path, (0,))
    append_line(run.path / "events.jsonl", change(7, {"loss.temperature": 0.2}))
    assert config_at(run, 7).loss.temperature == 0.2
    append_line(run.path / "events.jsonl", {"event": "resumed", "step": 5})
    assert config_at(run, None) == run.config()
