"""A tracker of accelerate gets configuration and numbers of a run; whatever it does, training goes on."""

from pathlib import Path
from threading import Event
from typing import Any, ClassVar

import numpy as np
import pytest
from accelerate import tracking as accelerate_tracking
from accelerate.tracking import GeneralTracker

from mlcl_core.engine import loop
from mlcl_core.engine.trackers import check_tracker
from mlcl_core.errors import InputError
from mlcl_core.home_directory import home_directory
from mlcl_core.runs import launch
from mlcl_core.runs.records import FINISHED
from mlcl_core.runs.run import Run
from mlcl_core.runs.store import Store
from mlcl_core.runs.worker import tracking, worker
from mlcl_core.runs.worker.process import main
from tests.engine.toy import toy_config, toy_data

SCORES = {"micro_f1": 0.5, "macro_f1": 0.25}


class Noted(GeneralTracker):
    """Keeps what it is given; fails in the call of that name, or waits for ever."""

    name = "noted"
    requires_logging_directory = True
    main_process_only = False
    given: ClassVar[list[tuple[Any, ...]]] = []
    fails: ClassVar[str] = ""

    def __init__(self, run_name: str, logging_dir: str) -> None:
        """Keep both."""
        super().__init__()
        self._note("init", run_name, logging_dir)

    def _note(self, call: str, *values: Any) -> None:
        if self.fails == call:
            raise SystemExit("no network\nat all")
        if self.fails == f"wait {call}":
            Event().wait(60)
        self.given.append((call, *values))

    @property
    def tracker(self) -> None:
        """None."""

    def store_init_configuration(self, values: dict[str, Any]) -> None:
        """Keep the configuration."""
        self._note("configuration", values)

    def log(self, values: dict[str, Any], step: int | None = None, **_: Any) -> None:
        """Keep numbers."""
        self._note("log", step, values)

    def finish(self) -> None:
        """Keep that it is over."""
        self._note("finish")


@pytest.fixture
def finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Trains a toy run in this process with the tracker, which fails in a call; gives the run."""
    monkeypatch.setitem(accelerate_tracking.LOGGER_TYPE_TO_CLASS, "noted", Noted)
    monkeypatch.setattr(launch, "spawn_mapper", lambda run: None)
    monkeypatch.setattr(launch, "attend", lambda run: None)
    monkeypatch.setattr(worker, "wait_for_device", lambda *_: iter([None]))
    monkeypatch.setattr(loop, "evaluate", lambda *_, **__: (SCORES, {}))
    monkeypatch.setattr(tracking, "CLOSE_SECONDS", 0.5)
    monkeypatch.setattr(Noted, "given", [])
    data = toy_data()
    np.savez(tmp_path / "toy.npz", X=data.items.numpy(), Y=data.labels[:].numpy())

    def train(fails: str = "", tracker: str | None = "noted") -> Run:
        monkeypatch.setattr(Noted, "fails", fails)
        settings = {"data__path": str(tmp_path / "toy.npz"), "watch__tracker": tracker, "training__epochs": 1}
        run = Store(home_directory(tmp_path)).create(toy_config(**settings), "mine {id}")
        assert main(run.path) == 0
        assert run.status().state == FINISHED
        return run

    return train


def test_numbers_are_those_of_the_run(finished: Any) -> None:
    """The configuration once, the metrics and live settings of each frame, the final ones, and the end; in a folder
    of the run.
    """
    run = finished()
    calls = [call for call, *_ in Noted.given]
    assert calls == ["init", "configuration", *["log"] * (len(run.frame_steps()) + 1), "finish"]
    assert Noted.given[0][1:] == (run.id, str(run.path / "tracker"))
    configuration = Noted.given[1][1]
    assert configuration["loss.temperature"] == run.config().loss.temperature
    assert configuration["loss.logit"] == "none"
    logged = {step: values for call, step, *rest in Noted.given[2:-2] for values in rest}
    for line in run.events("frame"):
        assert logged[line["step"]].items() >= line["metrics"].items()
        assert logged[line["step"]]["loss.temperature"] == run.config().loss.temperature
    last = {f"{of}/{name}": value for of in ("test", "untrained") for name, value in SCORES.items()}
    assert Noted.given[-2][1:] == (4, last)
    assert run.status().notice is None


@pytest.mark.parametrize("call", ["init", "log"])
def test_a_tracker_that_fails_is_told_once(finished: Any, call: str) -> None:
    """Training goes on to its end, with every frame; the notice names the tracker and its reason, log.txt too."""
    run = finished(call)
    words = "The tracker noted failed and gets no more numbers (SystemExit: no network at all)."
    assert run.status().notice == f"{words} The records of the run are complete."
    assert run.frame_steps() == [line["step"] for line in run.events("frame")]


def test_a_tracker_that_hangs_does_not_hold_the_run(finished: Any) -> None:
    """The end waits for a while, and says so."""
    assert "did not take all numbers" in finished("wait log").status().notice


def test_a_tracker_that_is_not_there_is_refused_before_training(finished: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unknown, or known and not installed: one line with the names."""
    monkeypatch.setattr(accelerate_tracking, "_available_trackers", [accelerate_tracking.LoggerType.TRACKIO])
    check_tracker(None)
    check_tracker("noted")
    check_tracker("trackio")
    with pytest.raises(InputError, match=r"^watch\.tracker: there is no tracker 'notes'; trackers are aim, clearml, "):
        check_tracker("notes")
    with pytest.raises(InputError, match=r"'wandb' is not installed; .* there are here: noted, trackio$"):
        check_tracker("wandb")
    with pytest.raises(InputError, match=r"there is no tracker 'notes'"):
        launch.create(Store(Path("never")), toy_config(watch__tracker="notes"))
