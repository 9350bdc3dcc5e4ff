"""What a run's own loss says of the watched items taken as one batch: pairs, gradients, health."""

from contextlib import suppress
from functools import lru_cache
from typing import Any

import numpy as np

from dashboard.loaders.cached import cached_by_file
from dashboard.loaders.run_files import config_at, frame, frame_file
from mlcl_core.engine.config import LossConfig
from mlcl_core.errors import InputError
from mlcl_core.runs.run import Run

MAX_AS_REFERENCE = 20_000  # items of which every pair is computed to see one in its second role: half a minute
MAX_ITEMS_AT_ONCE = 3_000  # items of which all pairs are opened at once: a second, and 13 bytes a pair


def loss(run: Run, step: int) -> Any:
    """The run's own loss in force at a frame; None when it compares no pairs."""
    return loss_of(run, config_at(run, step).loss)


def loss_of(run: Run, config: LossConfig) -> Any:
    """A loss as the run trains it, or its part that explains any pairs of items; None: no part does.

    Raises:
        InputError: It needs the label counts of the training items, and the list of watched items cannot be read.
    """
    from mlcl_core.engine.build import contrastive_part

    return contrastive_part(_as_trained(run, config.model_dump_json()))


def batch_loss(run: Run, config: LossConfig) -> Any:
    """As :func:`loss_of`, but the part that explains the pairs of the batch just trained on."""
    from mlcl_core.engine.build import explainable_part

    return explainable_part(_as_trained(run, config.model_dump_json()))


def _as_trained(run: Run, loss: str) -> Any:
    """The loss with the label counts of the items that the run trains on, where it needs them."""
    from dashboard.figures.label_weights import as_trained

    opened = _opened(loss)
    return as_trained(opened, run.watched_items().trained_on) if "label_counts" in opened.needs else opened


@lru_cache(maxsize=16)
def _opened(loss: str) -> Any:
    from mlcl_core.engine.build import training_loss

    return training_loss(LossConfig.model_validate_json(loss))


def label_weights(run: Run, config: LossConfig, labels: np.ndarray) -> Any:
    """How much the labels of one item weigh in a loss as the run trains it, by name; None where it weighs none.

    Raises:
        InputError: As :func:`loss_of`.
    """
    from dashboard.figures.label_weights import of_anchor

    return of_anchor(loss_of(run, config), labels, run.watched_items().label_names)


def pairs(run: Run, step: int, anchor: int, role: str, edits: Any = ()) -> Any:
    """All pairs of one watched item at a frame (AnchorPairs); None when the run's loss compares no pairs.

    Prototypes, where the loss has them, stand behind the items. ``edits`` replaces labels of items (what_if.Edits).

    Raises:
        InputError: An item is wanted as reference among more than 20,000.
    """
    items = len(run.watched_items().ids)
    if role == "reference" and items > MAX_AS_REFERENCE:
        raise InputError(
            f"as reference an item needs the pairs of all {items:,} anchors; that is shown for at most "
            f"{MAX_AS_REFERENCE:,} watched items. As anchor it is shown."
        )
    slow = role == "reference" and items > MAX_ITEMS_AT_ONCE
    return (_pairs_slowly if slow else _pairs)(run, step, _in_force(run, step), anchor, role, edits)


def pairs_under(run: Run, step: int, config: LossConfig, anchor: int) -> Any:
    """As :func:`pairs`, in the role of an anchor, under another loss than the one in force."""
    return _pairs(run, step, config.model_dump_json(), anchor, "anchor", ())


def _open_pairs(run: Run, step: int, loss: str, anchor: int, role: str, edits: Any) -> Any:
    from dashboard.figures.anchor import anchor_pairs

    taken = _as_batch(run, step, loss, edits)
    if taken is None:
        return None
    contrastive, z, labels, prototypes = taken
    whole = _whole(run, step, loss, edits) if role == "reference" and len(z) <= MAX_ITEMS_AT_ONCE else None
    return anchor_pairs(contrastive, z, labels, anchor, role, prototypes, whole)


_pairs = cached_by_file(frame_file, entries=96)(_open_pairs)
_pairs_slowly = cached_by_file(
    frame_file, entries=8, spinner="Opening the pairs of every watched item: half a minute for 20,000"
)(_open_pairs)


def _in_force(run: Run, step: int) -> str:
    """The settings of the loss in force at a frame, as JSON, by which what it says is cached."""
    return config_at(run, step).loss.model_dump_json()


def as_batch(run: Run, step: int) -> Any:
    """Loss in force, embeddings, labels and prototypes of a frame's items taken as one batch; None: no pairs.

    Raises:
        InputError: The frame cannot be read, or an item has no embedding.
    """
    return _as_batch(run, step, _in_force(run, step), ())


def _as_batch(run: Run, step: int, loss: str, edits: Any) -> Any:
    from dashboard.figures.what_if import edited

    contrastive, seen = loss_of(run, LossConfig.model_validate_json(loss)), frame(run, step)
    if contrastive is None:
        return None
    if bad := int((~np.isfinite(seen.z).all(1)).sum()):
        raise InputError(f"the frame of step {step:,}: {bad:,} of {len(seen.z):,} items no longer have an embedding")
    prototypes = seen.prototypes if "prototypes" in contrastive.needs else None
    return contrastive, seen.z, edited(run.watched_items().labels, edits), prototypes


@cached_by_file(frame_file, entries=2, spinner=False)
def _whole(run: Run, step: int, loss: str, edits: Any) -> Any:
    from dashboard.figures.anchor import whole_batch

    return whole_batch(*_as_batch(run, step, loss, edits))


def gradients(run: Run, step: int, edits: Any = ()) -> Any:
    """Gradient of the loss by every watched item, the items taken as one batch; None where there is none to draw."""
    return _gradients(run, step, _in_force(run, step), edits)


@cached_by_file(frame_file, entries=4, spinner=False)
def _gradients(run: Run, step: int, loss: str, edits: Any) -> Any:
    from dashboard.figures.arrows import gradients as of_loss

    taken = _as_batch(run, step, loss, edits)
    if taken is None or len(taken[1]) > MAX_ITEMS_AT_ONCE:
        return None
    with suppress(InputError):
        return of_loss(*taken)
    return None


def health(run: Run, step: int) -> Any:
    """What a frame says about the health of the training (a list of Finding).

    Raises:
        InputError: The frame cannot be read, or the loss cannot be opened on it.
    """
    from mlcl_core.engine.alarms import warm_up

    return _health(run, step, _in_force(run, step), warm_up(run.status().total))


@cached_by_file(frame_file, entries=48, spinner=False)
def _health(run: Run, step: int, loss: str, first: int) -> Any:
    from dashboard.figures.health import findings

    seen, items = frame(run, step), run.watched_items()
    loss_in_force = loss_of(run, LossConfig.model_validate_json(loss))
    return findings(loss_in_force, seen.z, items.labels, seen.prototypes, items.label_names, early=step < first)
