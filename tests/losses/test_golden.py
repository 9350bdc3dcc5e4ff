"""Golden numbers: value, un-reduced value and gradients equal those of the published codes, record by record.

The folder comes from MLCL_GOLDEN (default: tests/golden); other seeds, shapes and cases in files of the same form work.
"""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.golden_cases import OURS, Outcome, UnknownVariant

FOLDER = Path(os.environ.get("MLCL_GOLDEN") or Path(__file__).parents[1] / "golden")
FILES = sorted(path.stem for path in FOLDER.glob("*.npz"))


@dataclass
class Record:
    """One run of a published code."""

    file: str
    case: str
    variant: str
    params: dict[str, Any]
    fails: str | None
    inputs: dict[str, Tensor]
    loss: float
    outputs: dict[str, np.ndarray]


def records(file: str) -> list[Record]:
    """All records of a golden file."""
    with np.load(FOLDER / f"{file}.npz", allow_pickle=False) as stored:
        arrays = dict(stored)
    found = []
    for record in json.loads(str(arrays["index"]))["records"]:
        inputs = {name: torch.from_numpy(arrays[key]) for name, key in record["inputs"].items()}
        inputs = {name: x.bool() if name.endswith("Y") else x for name, x in inputs.items()}
        outputs = {name: arrays[key] for name, key in record["outputs"].items()}
        loss = float(arrays["loss"][record["id"]])
        about = record["case"], record["variant"], record["params"], record["reference_fails"]
        found.append(Record(file, *about, inputs, loss, outputs))
    return found


def computed(record: Record, **params: Any) -> tuple[Outcome, dict[str, Tensor]]:
    """Ours on a record's inputs, with the gradient of every float input that the loss depends on."""
    leaves = {name: x.clone().requires_grad_() for name, x in record.inputs.items() if x.is_floating_point()}
    outcome = OURS[record.file](record.variant, {**record.params, **params}, {**record.inputs, **leaves})
    if outcome.loss.requires_grad:
        outcome.loss.backward()
    return outcome, {f"grad_{name}": leaf.grad for name, leaf in leaves.items() if leaf.grad is not None}


def off(given: Any, expected: Any, tolerance: float, *, whole: bool = False, absolute: float = 0.0) -> float:
    """The difference of two arrays in tolerances; ``whole`` measures against the largest entry, as for gradients."""
    expected = np.asarray(expected)
    array = np.asarray(given).reshape(expected.shape)
    scale = np.maximum(1, np.max(np.abs(expected), initial=0.0) if whole else np.abs(expected))
    return float(np.max(np.abs(array - expected) / (tolerance * scale + absolute), initial=0.0))


def complaints(record: Record) -> list[str]:
    """The mistakes of ours on a record; [] without any."""
    try:
        outcome, gradients = computed(record)
    except UnknownVariant:
        return ["no code of ours for this variant"]
    values = outcome.values
    if record.fails:
        numbers = [outcome.loss, *([] if values is None else [values]), *gradients.values()]
        return [] if all(bool(torch.isfinite(x).all()) for x in numbers) else ["not finite where the reference fails"]
    found = []
    if (wrong := off(outcome.loss.detach(), record.loss, outcome.tolerance, absolute=outcome.absolute)) > 1:
        found.append(f"the loss {float(outcome.loss.detach())} is off {record.loss} by {wrong:.1e} tolerances")
    for name, expected in record.outputs.items():
        if name.startswith("grad_"):
            if not outcome.gradients:
                continue
            given = gradients.get(name, torch.zeros(expected.shape))
            wrong = off(given, expected, outcome.tolerance, whole=True, absolute=outcome.absolute)
        elif values is None:
            continue
        else:
            wrong = off(values.detach(), expected, outcome.tolerance, absolute=outcome.absolute)
        if wrong > 1 or np.isnan(wrong):
            found.append(f"{name} is off by {wrong:.1e} tolerances")
    return found


def test_equal_to_the_published_codes(capsys: pytest.CaptureFixture[str]) -> None:
    """Every record of every file: loss, un-reduced values and gradients; finite ones where the reference fails."""
    unknown = [file for file in FILES if file not in OURS]
    compared, finite, wrong = 0, 0, [f"{file}.npz: no code of ours for this file" for file in unknown]
    for file in FILES:
        for record in records(file) if file in OURS else []:
            found = complaints(record)
            wrong += [f"{file}: {record.case} {record.variant} {record.params}: {words}" for words in found]
            compared += not record.fails
            finite += bool(record.fails) and not found
    with capsys.disabled():
        sys.stdout.write(f"\ngolden: {compared} records compared, {finite} reference failures finite\n")
    assert not wrong, "\n".join(wrong)
    assert compared, f"no records in {FOLDER}"


@pytest.mark.parametrize("file", sorted(OURS))
def test_the_comparison_can_fail(file: str) -> None:
    """The proof that the test detects: with a number a hundredth off, some record of the file no longer agrees."""
    for record in records(file):
        changed = {name: 1.01 * value for name, value in record.params.items() if isinstance(value, float) and value}
        if record.fails or not changed:
            continue
        try:
            outcome, _ = computed(record, **changed)
        except UnknownVariant:
            continue
        if off(outcome.loss.detach(), record.loss, outcome.tolerance) > 10:
            return
    # a file whose losses have no number in them: their inputs carry it
    assert not any(isinstance(v, float) and v for record in records(file) for v in record.params.values())
