"""Changes of the settings of a trainer: asked for now, or for a step to come, or repeated by a resumed run."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from mlcl_core.errors import InputError
from mlcl_core.runs.event_log import interventions
from mlcl_core.runs.worker.inbox import Inbox
from mlcl_core.runs.worker.journal import Journal


class Changes:
    """Makes changes between two steps, acknowledges each, and has a checkpoint written of the step of one.

    Args:
        journal: Takes what they leave.
        inbox: The requests.
    """

    def __init__(self, journal: Journal, inbox: Inbox):
        """There is none to repeat yet."""
        self._journal, self._inbox = journal, inbox
        self._replay: list[dict[str, Any]] = []
        self._made = False

    def resume(self, trainer: Any, lines: Sequence[dict[str, Any]]) -> None:
        """Go on from a checkpoint.

        Args:
            trainer: As the checkpoint left it.
            lines: All lines of events.jsonl, those that the resumed run drops too.
        """
        step = trainer.step
        for line in interventions(lines, after=step - 1):
            if line["step"] > step:
                self._replay.append(line)
                continue
            # in the checkpoint already, unless the run is a branch that goes its own way from this step on
            with suppress(InputError):  # parameters of a rule that a later one of these changes replaced
                trainer.change(line["settings"])
        for line in self._inbox.unanswered():
            if line["action"] == "set" and 0 <= self._inbox.waits_for(line) <= step:
                self.make(trainer, line["id"], line.get("settings"))
        self._made = False

    def repeat(self, trainer: Any) -> None:
        """Repeat what was changed at this step before the run was resumed."""
        for line in self._replay:
            if line["step"] == trainer.step:
                self.make(trainer, line["request"], line["settings"], replayed=True)

    def make(self, trainer: Any, request: str, settings: Any, *, replayed: bool = False) -> None:
        """Change settings, or refuse to."""
        try:
            if not isinstance(settings, dict) or not settings:
                raise InputError("settings must be an object such as {'loss.temperature': 0.2}")
            change = trainer.changed(settings)
        except InputError as error:
            self.acknowledge(trainer.step, request, "set", result=f"refused: {error}")
            return
        # recorded before it takes effect: once a step was trained with it, a resumed run can replay it
        more = {"from_epoch": change.from_epoch, "notice": change.notice, "replayed": replayed}
        said = {name: value for name, value in more.items() if value}
        about = {"settings": change.settings, "from_step": change.from_step, **said}
        self.acknowledge(trainer.step, request, "set", **about)
        self._journal.recorder.marked_steps.add(trainer.step)
        trainer.take(change)
        self._journal.progress.changed(trainer.total, trainer.course.items_left)
        self._made = True

    def acknowledge(self, step: int, request: str, action: str, **more: Any) -> None:
        """Answer a request."""
        self._inbox.mark_answered(request)
        self._journal.recorder.log_event("acknowledged", step, request=request, action=action, **more)

    def end(self, trainer: Any) -> None:
        """Record a checkpoint, to branch from, where settings were changed at this step."""
        if self._made:
            self._made = False
            self._journal.checkpoint(trainer)


__all__ = ["Changes"]
