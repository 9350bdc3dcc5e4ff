"""The requests of a run as its worker reads them: unanswered ones, and those made of an earlier worker."""

from typing import Any

from mlcl_core.runs.files import read_lines, whole_objects
from mlcl_core.runs.run import Run

# Key of a request that waits: the worker takes it once so many steps are done.
AT_STEP = "at_step"


class Inbox:
    """Requests in ``requests.jsonl`` that no line of ``events.jsonl`` acknowledges.

    Args:
        run: The run.
        asked: Bytes of ``requests.jsonl`` when the run was launched or resumed; requests within them were made of an
            earlier worker. A position and not a time, because clocks may be set back.
    """

    def __init__(self, run: Run, asked: int):
        """Read which requests are acknowledged, and which are stale."""
        self._run = run
        self._path = run.path / "requests.jsonl"
        self._answered = {
            line.get("request") for line in read_lines(run.path / "events.jsonl") if line.get("event") == "acknowledged"
        }
        self._stale = {line.get("id") for line in self._lines_within(asked)}
        # size of the file when all of its requests were answered
        self._answered_bytes = -1

    def unanswered(self, *, remember: bool = True) -> list[dict[str, Any]]:
        """Requests without an answer, oldest first.

        Args:
            remember: Do not read the file again while it has its present size, if all its requests are answered.
        """
        try:
            size = self._path.stat().st_size
        except FileNotFoundError:
            return []
        if size == self._answered_bytes:
            return []
        lines = [line for line in self._run.requests() if line["id"] not in self._answered]
        if not lines and remember:
            self._answered_bytes = size
        return lines

    def stops(self) -> list[dict[str, Any]]:
        """Unanswered requests to stop this worker."""
        lines = self.unanswered(remember=False)
        return [line for line in lines if line["action"] == "stop" and not self.is_stale(line)]

    @staticmethod
    def waits_for(line: dict[str, Any]) -> int:
        """The step for which a request waits; -1: it waits for none."""
        step = line.get(AT_STEP)
        return step if type(step) is int else -1

    def is_stale(self, line: dict[str, Any]) -> bool:
        """Whether a request was made of an earlier worker."""
        return line["id"] in self._stale

    def mark_answered(self, request_id: str) -> None:
        """Count a request as answered from now on."""
        self._answered.add(request_id)

    def _lines_within(self, size: int) -> list[dict[str, Any]]:
        try:
            with self._path.open("rb") as file:
                return whole_objects(file.read(size))
        except FileNotFoundError:
            return []
