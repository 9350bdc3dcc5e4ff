"""Ways to deal an epoch's items into batches, all functions of (seed, epoch): uniform, by label, with positives.

To add one: its function with the arguments of :func:`uniform`, one line in ``SAMPLERS``, its test.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor

from mlcl_core.data.batches import epoch_batches
from mlcl_core.data.labels import LabelMatrix
from mlcl_core.data.positive_sampling import CandidatePool, GroupedIndices, Positive, swap_in_positives
from mlcl_core.errors import InputError
from mlcl_core.options import Option, checked_options

REDRAWS = 4  # of label_balanced for each place, taken where a batch has the item already


@dataclass(frozen=True)
class Sampler:
    """One way to deal batches: ``make(indices, batch_size, seed=, epoch=, labels=, positive=, **params)``.

    ``needs_positive``: whether ``positive`` may not be None.
    """

    name: str
    title: str
    summary: str
    make: Callable[..., Iterable[Tensor]]
    params: Mapping[str, Option] = field(default_factory=dict)
    needs_positive: bool = False

    def check(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """The whole set of parameters; unknown names and impossible values raise :class:`InputError`."""
        return checked_options(f"sampler {self.name}", self.params, params)


def uniform(
    indices: Int64[Tensor, " n"],
    batch_size: int,
    *,
    seed: int,
    epoch: int,
    labels: LabelMatrix | None = None,
    positive: Positive | None = None,
) -> list[Int64[Tensor, " b"]]:
    """Deal every item once, in an order of chance: :func:`mlcl_core.data.epoch_batches`, whatever the labels.

    Args:
        indices: The different items to deal, rows of ``labels``.
        batch_size: Items a batch, at least 1.
        seed, epoch: Both at least 0; the batches depend on them alone, so that a resumed run needs no state.
        labels, positive: Not looked at.

    Returns:
        Batches of exactly ``batch_size`` different items; a smaller rest sits this epoch out, unless it is all.

    Edge cases:
        No items: no batches.

    Raises:
        InputError: ``batch_size`` below 1, or a negative seed or epoch.
    """
    return epoch_batches(indices, batch_size, seed=seed, epoch=epoch)


def label_balanced(
    indices: Int64[Tensor, " n"],
    batch_size: int,
    *,
    seed: int,
    epoch: int,
    labels: LabelMatrix,
    positive: Positive | None = None,
) -> list[Int64[Tensor, " b"]]:
    """Let labels take turns, each bringing an item that carries it: rare labels come about as often as frequent ones.

    All labels get their turn before one gets it again. Items without labels keep, on average, the share that they have
    among the items. Frequent labels still come more often where they accompany rare ones.

    Args:
        indices, batch_size, seed, epoch: As :func:`uniform`.
        labels: The labels of all items.
        positive: Not looked at.

    Returns:
        As many batches as :func:`uniform` gives, of the same size and of different items each. From batch to batch
        items of rare labels come again, and many of frequent labels don't come at all.

    Edge cases:
        No items: no batches. No labels: as :func:`uniform`. Turns whose item the batch has already go to any labels;
        what is still free after a few draws goes to any items.

    Raises:
        InputError: As :func:`uniform`.
    """
    batches = epoch_batches(torch.arange(len(indices)), batch_size, seed=seed, epoch=epoch)
    items, rng = indices.cpu().numpy(), np.random.default_rng([seed, epoch, 1])
    carriers = GroupedIndices.by_label(labels.csr()[items])
    carried, bare = np.flatnonzero(carriers.lengths[:-1]), len(carriers.lengths) - 1
    if len(carried) == 0:
        return [indices[batch] for batch in batches]
    rounds = -(-sum(map(len, batches)) // len(carried))
    turns = rng.permuted(np.tile(carried, (rounds, 1)), axis=1).ravel()
    dealt = []
    for number, batch in enumerate(batches):
        size = len(batch)
        wanted = turns[number * size : (number + 1) * size]
        wanted = np.where(rng.random(size) < carriers.lengths[bare] / len(items), bare, wanted)
        again = rng.choice(carried, REDRAWS * size)
        drawn = np.concatenate([carriers.draw(wanted, 1, rng), carriers.draw(again, 1, rng), batch.numpy()])
        # each where it comes first
        firsts = np.sort(np.unique(drawn, return_index=True)[1])[:size]
        dealt.append(indices[drawn[firsts]])
    return dealt


def positives(
    indices: Int64[Tensor, " n"],
    batch_size: int,
    *,
    seed: int,
    epoch: int,
    labels: LabelMatrix,
    positive: Positive | None,
    at_least: int = 1,
) -> Iterator[Int64[Tensor, " b"]]:
    """Deal as :func:`uniform`, then exchange items of each batch until its anchors have positives, as far as possible.

    Anchors without enough positives get partners drawn from the whole set: items with the same label set, with the
    anchor's rarest label, and some by chance; ``positive`` decides. They come for items that nobody in the batch needs:
    first such as have enough positives themselves, then such as have not. Batches know nothing of each other:
    an item may come in two batches of an epoch, while another one sits it out. Items without a partner anywhere are
    never drawn, and leave like any others, so that strict rules see them less often.

    Args:
        indices, batch_size, seed, epoch: As :func:`uniform`.
        labels: The labels of all items.
        positive: Bool [a c], Bool [b c] -> Bool [a b]: which references are positives of which anchors, by the
            training rule. An item is no positive of itself, whatever it says.
        at_least: How many positives each anchor is to have, from 1 to 16.

    Returns:
        One at a time as many batches as :func:`uniform` gives, of the same size and of different items each; in none
        fewer anchors have enough. Where everybody has, or nobody can, the batch is uniform's.

    Edge cases:
        No items: no batches. Everything in one batch: nothing to exchange.

    Raises:
        InputError: As :func:`uniform`, or no ``positive``.

    Cost:
        ``positive`` is asked about the batch and about its lacking anchors with two batches of candidates, two or
        three times: 3 to 11 ms for 256 items and 68 labels. Label rows are dense for that many items only.
    """
    if positive is None:
        raise InputError("sampler positives: there is no rule that says which items are positives; give one")
    batches = epoch_batches(torch.arange(len(indices)), batch_size, seed=seed, epoch=epoch)
    items, rng = indices.cpu().numpy(), np.random.default_rng([seed, epoch, 1])
    pool = CandidatePool(labels.csr()[items], positive)
    return (indices[swap_in_positives(batch.numpy(), pool, at_least, rng)] for batch in batches)


def share_with_positives(
    batches: Iterable[Int64[Tensor, " b"]], labels: LabelMatrix, positive: Positive, at_least: int = 1
) -> float:
    """The share of anchors, over all batches, that have at least so many positives among the others of their batch.

    Args:
        batches: What a sampler has dealt.
        labels: The labels of all items.
        positive: As of :func:`positives`.
        at_least: At least 1.

    Edge cases:
        No anchors: 1, nobody lacks any.
    """
    anchors, enough = 0, 0
    for batch in batches:
        anchors += len(batch)
        found = positive(labels[batch], labels[batch]).clone().fill_diagonal_(False)
        enough += int((found.sum(1) >= at_least).sum())
    return enough / anchors if anchors else 1.0


SAMPLERS: dict[str, Sampler] = {
    sampler.name: sampler
    for sampler in (
        Sampler(
            name="uniform",
            title="Uniform",
            summary="Items in an order of chance, none twice an epoch; a rest that fills no batch sits it out.",
            make=uniform,
        ),
        Sampler(
            name="label_balanced",
            title="Labels in turn",
            summary="Labels take turns and each brings an item that carries it: rare labels are seen about as often "
            "as frequent ones. Items of rare labels come several times an epoch, many others not at all.",
            make=label_balanced,
        ),
        Sampler(
            name="positives",
            title="Positives for each anchor",
            summary="Uniform batches, in which items that no anchor needs make room for partners of those without one: "
            "strict rules leave fewer without a positive. Items of common label sets come more often, others less.",
            make=positives,
            params={
                "at_least": Option(1, "Positives that each anchor is to have in its batch.", minimum=1, maximum=16)
            },
            needs_positive=True,
        ),
    )
}

__all__ = ["SAMPLERS", "Positive", "Sampler", "share_with_positives"]
