"""Which of several states of a network is best on validation items, by one cheap fit each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from mlcl_core.data import MultiLabelData
from mlcl_core.engine.network import Network
from mlcl_core.errors import InputError
from mlcl_core.evaluation.features import Features, OnProgress, features_of, quiet
from mlcl_core.models import fit_linear_probe

# C of the cheap fit, the strongest two of the probe's: on three public sets one of them was best for 19 of 24 states,
# and the other two take two thirds of the probe's time.
STRENGTHS = (0.001, 0.01)


@dataclass(frozen=True)
class Moment:
    """The best of several states.

    Attributes:
        step: Of the best.
        qualities: Sum of micro-F1 and macro-F1 of the cheap fit on the validation items, by step.
        features: Of the best, of all splits.
    """

    step: int
    qualities: dict[int, float]
    features: Features


def best_moment(
    network: Network,
    states: Iterable[tuple[int, Mapping[str, Tensor]]],
    data: MultiLabelData,
    device: torch.device,
    on_progress: OnProgress = quiet,
) -> Moment:
    """Find the state whose features a linear classifier reads best, judged on validation items alone.

    Each state is judged by a linear probe that is fitted on training items, at two strengths only; its quality is the
    best sum of micro-F1 and macro-F1 over strengths and thresholds. Test items are encoded when the choice is made.

    Args:
        network: On ``device``; it holds the best state afterwards.
        states: Step and state of the network, one after the other; they may be read when asked for.
        data: The items as the network takes them.
        device: Where the work is done.
        on_progress: Called with the number of states judged, and that number plus one until the last; an exception ends
            the work.

    Edge cases:
        Equal qualities: the earliest step. A single state: it is taken, without a fit.

    Raises:
        InputError: There is no state.
        RunFailed: The features of a state contain NaN or infinity.
    """
    best: tuple[float, int, Features, Mapping[str, Tensor]] | None = None
    qualities: dict[int, float] = {}
    for step, state in states:
        on_progress(len(qualities), len(qualities) + 1)
        network.load_state_dict(state)
        seen = features_of(network, data, device, ("train", "validation"))
        quality = _quality(seen)
        qualities[step] = quality
        if best is None or (quality, -step) > (best[0], -best[1]):
            best = quality, step, seen, state
    if best is None:
        raise InputError("there is no state of the network to choose from")
    on_progress(len(qualities), len(qualities))
    _, step, seen, state = best
    network.load_state_dict(state)
    test = features_of(network, data, device, ("test",))
    return Moment(step, qualities, Features({**seen.h, **test.h}, {**seen.labels, **test.labels}))


def _quality(features: Features) -> float:
    h, y = features.h, features.labels
    return fit_linear_probe(h["train"], y["train"], h["validation"], y["validation"], strengths=STRENGTHS).quality


__all__ = ["Moment", "best_moment"]
