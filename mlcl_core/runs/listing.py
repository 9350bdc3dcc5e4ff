"""A run as a row of a list: what the table of runs, ``mlcl runs`` and its JSON show of it. Imports no torch."""

from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from mlcl_core.engine.config import OWN_FILE, DataConfig, TrainConfig
from mlcl_core.errors import InputError
from mlcl_core.runs.in_force import config_at
from mlcl_core.runs.records import Status
from mlcl_core.runs.run import Run

DAMAGED = "damaged"
STUDY_TAG = "study:"  # of the cells of a study, before its name


@dataclass(frozen=True)
class RunRow:
    """A run in a list.

    Attributes:
        run: The run.
        name, note, tags, created, branch: As its meta.json holds them.
        state: That of the status; ``damaged`` where the run cannot be shown.
        wrong: Why it cannot be shown, or what is wrong with it; None: nothing.
        status: The status.
        config: The configuration that it began with; None for a damaged run.
        now: The configuration in force, after the changes made while it trained.
        test: Scores of the linear probe, by metric; empty before the end.
        doubts: What is in doubt of them.
    """

    run: Run
    name: str
    note: str
    tags: tuple[str, ...]
    created: float
    branch: dict[str, Any] | None
    state: str
    wrong: str | None
    status: Status
    config: TrainConfig | None
    now: TrainConfig | None
    test: dict[str, float] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()

    @property
    def data(self) -> str:
        """What the data are called; empty for a damaged run."""
        return "" if self.config is None else data_name(self.config.data)


def run_row(run: Run) -> RunRow:
    """The row of a run as its files stand now; a damaged one has no configuration and no scores."""
    meta, status = run.meta(), run.status()
    known = (run, str(meta["name"]), str(meta["note"]), tuple(meta["tags"]), float(meta["created"]), meta.get("branch"))
    try:
        config, last = run.config(), run.finished() or {}
        now = config_at(run, None) if _may_have_changed(run, meta) else config
    except InputError as error:
        return RunRow(*known, DAMAGED, str(error), status, None, None)
    test, doubts = last.get("test") or {}, tuple(last.get("doubts") or ())
    return RunRow(*known, status.state, run.problem(), status, config, now, test, doubts)


def _may_have_changed(run: Run, meta: dict[str, Any]) -> bool:
    """Whether its events can hold changes of settings: of all runs, those of the few that were asked are read."""
    return meta.get("branch") is not None or (run.path / "requests.jsonl").exists()


def of_study(run: Run) -> bool:
    """Whether a run is a cell of a study: lists of runs leave these out until they are asked for."""
    return any(tag.startswith(STUDY_TAG) for tag in run.tags)


def data_name(data: DataConfig) -> str:
    """A set of the Lab or an upload by its name, a file of one's own by the name of the file."""
    if data.name not in OWN_FILE or not data.path:
        return data.name
    return last_name(data.path)


def last_name(path: str) -> str:
    """A path, written on any system, without its folders; another text is left as it is, a set of the Hub too."""
    return path if path.startswith("hf:") else PurePath(path.replace("\\", "/")).name or path


__all__ = ["DAMAGED", "STUDY_TAG", "RunRow", "data_name", "last_name", "of_study", "run_row"]
