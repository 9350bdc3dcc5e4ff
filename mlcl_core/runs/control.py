"""Requests to a worker: lines in the run directory, acknowledged at a step. There is no other way to a worker."""

import secrets
from time import time
from typing import Any

from mlcl_core.engine.live_settings import refuse_fixed
from mlcl_core.errors import InputError
from mlcl_core.runs.files import append_line
from mlcl_core.runs.in_force import config_at
from mlcl_core.runs.run import Run

ACTIONS = ("pause", "resume", "step", "stop", "set")


def request(run: Run, action: str, **values: Any) -> str:
    """Request an action from the worker of a run, which acts and acknowledges at the next step.

    Args:
        run: The run.
        action: ``pause``, ``resume``, ``step`` (train on one batch, then pause again), ``stop`` or ``set``.
        **values: For ``set``: ``settings``, a mapping of paths to values, such as {"loss.temperature": 0.2}.

    Returns:
        The id of the request, by which its acknowledgement refers to it.

    Raises:
        InputError: The run has no worker, the action is unknown, or a setting cannot change during training.
    """
    if action not in ACTIONS:
        raise InputError(f"there is no request {action!r}; there are: {', '.join(ACTIONS)}")
    status = run.status()
    if not status.alive:
        raise InputError(f"run {run.name!r} is {status.state}; only a queued, running or paused run takes requests")
    if action == "set":
        settings = values.get("settings") or {}
        if not settings:
            raise InputError("a change names settings, such as loss.temperature=0.2; this one names none")
        refuse_fixed(settings)
        config_at(run, None).with_settings(settings)
    request_id = secrets.token_hex(6)
    append_line(run.path / "requests.jsonl", {"id": request_id, "at": time(), "action": action, **values})
    return request_id


def acknowledgement(run: Run, request_id: str) -> dict[str, Any] | None:
    """The event that acknowledges a request; None while there is none."""
    found = (line for line in run.events("acknowledged") if line.get("request") == request_id)
    return next(found, None)
