"""Views: items as an encoder takes them, unchanged or as one random view of each.

To add those of a new kind of item: its file, one line here, its test.
"""

from typing import Any

import torch
from jaxtyping import Shaped
from torch import Tensor

from mlcl_core.data.views.counter import CounterRandom, row_numbers, step_key
from mlcl_core.data.views.record import Random, RowRandom, ViewRecord
from mlcl_core.errors import InputError
from mlcl_core.options import checked_options
from mlcl_core.registry import records_in

# Errors list the kinds in this order.
# isort: off
from mlcl_core.data.views.picture import PICTURE
from mlcl_core.data.views.features import FEATURES
from mlcl_core.data.views.tokens import TOKENS
# isort: on

CPU_NUMBERS = 2**18  # 1 MB; views of 256 pictures of 3 x 64 x 64 take half the time that they take all at once

VIEWS = records_in(globals(), ViewRecord)


def to_input(items: Shaped[Tensor, "n *shape"], kind: str) -> Shaped[Tensor, "n *shape"]:
    """The encoder's input without randomness: pictures as ink in [0, 1] (white is 0), other items unchanged.

    Raises:
        InputError: ``kind`` is not a key of ``VIEWS``.
    """
    return _record(kind).to_input(items)


def augment(
    items: Shaped[Tensor, "n *shape"],
    kind: str,
    *,
    generator: torch.Generator | CounterRandom,
    rows: slice = slice(None),
    **strengths: Any,
) -> Shaped[Tensor, "k *shape"]:
    """Make one random view of each item, in one batched pass.

    Args:
        items: Rows of ``MultiLabelData.items``, on any device.
        kind: A key of ``VIEWS``.
        generator: The only source of randomness. The same state of a generator gives the same views, on every device.
            :class:`CounterRandom`, whose rows are those of ``items[rows]``, gives the same views each time, and each of
            them depends on its own row alone.
        rows: The items whose views are made; the views are the same as when all are made.
        **strengths: As in ``VIEWS[kind].strengths``, with these defaults. All 0: the items unchanged.

    Returns:
        Views on the items' device, of the shape of ``to_input(items[rows], kind)``.

    Raises:
        InputError: An unknown kind or strength, a strength out of range, or random numbers for other rows.
    """
    record = _record(kind)
    values = checked_options(f"views of {kind}", record.strengths, strengths)
    chosen = items[rows]
    if not isinstance(generator, CounterRandom):
        x = record.to_input(chosen)
        # affine_grid refuses an empty batch
        return record.make(x, RowRandom(generator, len(items), rows, items.device), **values) if len(x) else x
    if len(generator) != len(chosen):
        raise InputError(f"views of {len(chosen)} items need as many rows of random numbers, not {len(generator)}")
    views = [record.make(record.to_input(chosen[part]), generator.some(part), **values) for part in _parts(chosen)]
    return torch.cat(views) if len(views) > 1 else views[0] if views else record.to_input(chosen)


def _parts(items: Tensor) -> list[slice]:
    """Rows that are made at once: all on an accelerator, on a CPU so few that what is made of them stays in cache."""
    at_once = len(items) if items.device.type != "cpu" else max(1, CPU_NUMBERS // max(1, items[:1].numel()))
    return [slice(start, start + at_once) for start in range(0, len(items), max(1, at_once))]


def _record(kind: str) -> ViewRecord:
    if kind not in VIEWS:
        raise InputError(f"there is no kind of item {kind!r}; kinds are {', '.join(VIEWS)}")
    return VIEWS[kind]


__all__ = ["VIEWS", "CounterRandom", "ViewRecord", "augment", "row_numbers", "step_key", "to_input"]
