"""The checkpoint from which a run continues: the newest whose digests match. Imports no torch.

checkpoints/{step:08d}.safetensors holds the tensors, .json the values and the SHA-256 digests of both, under
``sha256``. A checkpoint is complete once its JSON exists.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from mlcl_core.errors import InputError
from mlcl_core.runs.files import read_json
from mlcl_core.runs.kept_checkpoints import NEWEST
from mlcl_core.runs.numbered import numbered, numbered_path
from mlcl_core.runs.run import Run

DIGESTS = "sha256"
# The keys of a checkpoint without digests; with any other key its digests are damaged.
BEFORE_DIGESTS = {"step", "settings", "seconds", "optimiser_groups", "optimiser_scalars"}


@dataclass(frozen=True)
class Found:
    """The checkpoint from which a run can continue.

    Attributes:
        step: Step of the newest valid checkpoint; None: there never was one, and the run starts at step 0.
        digested: Whether its digests were compared.
        damaged: Newer checkpoints, and what is wrong with each.
    """

    step: int | None
    digested: bool
    damaged: dict[int, str]

    @property
    def notice(self) -> str | None:
        """A notice for the user, in a few sentences; None: the run continues where it stopped."""
        sentences = [f"The checkpoint at step {step} is damaged ({fault})." for step, fault in self.damaged.items()]
        if self.step is None:
            sentences.append("No checkpoint was written before the run ended: it begins at step 0.")
        elif self.damaged:
            sentences.append(f"The run goes on from the older one at step {self.step}.")
        if self.step is not None and not self.digested:
            sentences.append(
                f"The checkpoint at step {self.step} is of an earlier version, without digests: not compared."
            )
        return " ".join(sentences) or None


def sealed(values: Mapping[str, Any], tensors: bytes) -> dict[str, Any]:
    """The values of a checkpoint, with the digests of its file of tensors and of the values themselves."""
    return {**values, DIGESTS: {"tensors": hashlib.sha256(tensors).hexdigest(), "values": _digest(values)}}


def find(run: Run) -> Found:
    """Check the newest two checkpoints of a run, the newest first, until one is valid.

    Raises:
        InputError: There were checkpoints and neither is valid: starting from an older one, or at step 0, would discard
            the training.
    """
    folder = run.path / "checkpoints"
    recorded, candidates, reach = _steps(run, run.events())
    damaged: dict[int, str] = {}
    for step in candidates[:NEWEST]:
        fault, digested = judge(folder, step)
        if fault is None:
            return Found(step, digested, damaged)
        damaged[step] = fault
    if damaged and (recorded or reach > 0):
        worst = "; ".join(f"at step {step} {fault}" for step, fault in damaged.items())
        whole = next((step for step in candidates[NEWEST:] if judge(folder, step)[0] is None), None)
        if whole is None:
            raise InputError(
                f"run {run.name!r} cannot go on: none of its checkpoints is whole ({worst}); nothing was changed. Put "
                f"the files back into {folder}, or start another run"
            )
        raise InputError(
            f"run {run.name!r} cannot go on: its newest checkpoints are not whole ({worst}); nothing was changed. Put "
            f"the files back into {folder}, or begin a new run at the older one: mlcl branch {run.id} --at {whole}"
        )
    return Found(None, True, damaged)


def complete_steps(run: Run, lines: Sequence[dict[str, Any]] | None = None) -> list[int]:
    """Steps of the checkpoints that a run has, ascending; whether they are whole is for :func:`judge`.

    ``lines``: its events, where they are read already.
    """
    folder = run.path / "checkpoints"
    return sorted(
        step
        for step in _steps(run, run.events() if lines is None else lines)[1]
        if numbered_path(folder, step).is_file()
    )


def _steps(run: Run, lines: Sequence[dict[str, Any]]) -> tuple[set[int], list[int], int]:
    """Steps with an event of a checkpoint; those that have, or should have, one now, the newest first; the last step.

    Left out are checkpoints beyond the last event, which were written before the run was resumed at an earlier step,
    and those whose writer was killed between the two files.
    """
    folder = run.path / "checkpoints"
    steps = [(line["event"], line["step"]) for line in lines]
    recorded, existing = {step for event, step in steps if event == "checkpoint"}, set(numbered(folder))
    reach = max((step for _, step in steps), default=max(existing, default=0))
    found = existing | set(sorted(recorded)[-NEWEST:])
    there = [step for step in found if step in recorded or numbered_path(folder, step).with_suffix(".json").exists()]
    return recorded, sorted((step for step in there if step <= reach), reverse=True), reach


def judge(folder: Path, step: int) -> tuple[str | None, bool]:
    """What is wrong with a checkpoint (None: nothing), and whether it has digests to compare."""
    path = numbered_path(folder, step)
    beside = path.with_suffix(".json")
    missing = [one.name for one in (path, beside) if not one.is_file()]
    if missing:
        return f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing", False
    try:
        values = read_json(beside)
    except InputError:
        return f"{beside.name} is no JSON", False
    if not isinstance(values, dict) or not values.keys() >= BEFORE_DIGESTS or values["step"] != step:
        return f"{beside.name} is not the values of a checkpoint at step {step}", False
    if values.keys() == BEFORE_DIGESTS:
        return _header_fault(path), False
    digests = values.pop(DIGESTS, None)
    if not isinstance(digests, dict) or digests.get("values") != _digest(values):
        return f"{beside.name} is not what was written", True
    try:
        with path.open("rb") as file:
            same = digests.get("tensors") == hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        return f"{path.name} cannot be read: {error.strerror}", True
    return None if same else f"{path.name} is not what was written", True


def _header_fault(path: Path) -> str | None:
    """What is wrong with a file of tensors without a digest: its length must match its header, a random state exist."""
    try:
        with safe_open(str(path), framework="numpy") as file:
            whole = "random.torch" in file.keys()  # noqa: SIM118 - not a dict
    except (OSError, SafetensorError, ValueError):
        whole = False
    return None if whole else f"{path.name} is cut off or of another program"


def _digest(values: Mapping[str, Any]) -> str:
    try:
        return hashlib.sha256(json.dumps(values, sort_keys=True, allow_nan=False).encode()).hexdigest()
    except ValueError:
        return ""  # NaN, which is never written
