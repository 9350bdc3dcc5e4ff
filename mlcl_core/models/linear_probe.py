"""How well a linear classifier does on frozen features: one measure for trained and untrained encoders."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from mlcl_core.errors import RunFailed
from mlcl_core.models.logistic import logistic_path
from mlcl_core.models.thresholds import best_threshold

STRENGTHS = (0.001, 0.01, 0.1, 1.0)  # C, as scikit-learn calls it: small is strongly regularised
CERTAIN = 30.0  # logit of a label that every training item carries, or minus that of none: a probability of 1e-13
MIN_DEVIATION = 1e-6
SCORES_AT_ONCE = 2**22  # probabilities whose place among the thresholds is looked up together


@dataclass(frozen=True)
class LinearProbe:
    """One logistic regression per label on standardised features, and one threshold for all labels.

    ``strength`` is the chosen C, ``quality`` the sum of micro-F1 and macro-F1 on validation items that chose it. All
    tensors are float64 on the CPU.
    """

    mean: Float[Tensor, " d"]
    deviation: Float[Tensor, " d"]
    weights: Float[Tensor, "c d"]
    bias: Float[Tensor, " c"]
    threshold: float
    strength: float
    quality: float

    def scores(self, h: Float[Tensor, "n d"]) -> Float[Tensor, "n c"]:
        """Probability of each label, in [0, 1], as float64 on the CPU."""
        x = (h.detach().cpu().double() - self.mean) / self.deviation
        return torch.sigmoid(x @ self.weights.T + self.bias)


def fit_linear_probe(
    h_train: Float[Tensor, "n d"],
    y_train: Bool[Tensor, "n c"],
    h_validation: Float[Tensor, "m d"],
    y_validation: Bool[Tensor, "m c"],
    *,
    strengths: Sequence[float] = STRENGTHS,
    on_progress: Callable[[int, int], None] = lambda done, of: None,
) -> LinearProbe:
    """Fit the probe on training features; choose C and the threshold on validation features.

    Protocol: features are standardised by their training mean and deviation; for each C of ``strengths``, one
    L2-regularised logistic regression per label; of all pairs of a C and one threshold for all labels, the one with
    the best sum of micro-F1 and macro-F1 on the validation items. Test items are not used. Trained and untrained
    encoders are treated alike.

    Args:
        h_train, h_validation: Frozen features, on the device that fits the probe; the CPU where it has no float64.
        y_train, y_validation: Which labels each item carries.
        strengths: The values of C to choose among, ascending.
        on_progress: Called many times with the number of regressions done and of all; an exception ends the work.

    Returns:
        The probe; equal inputs give equal bits in one thread.

    Edge cases:
        A label that no training item carries, or every one: it has no classifier but the fixed probability 0 or 1.
        A feature that is constant over the training items has no influence.

    Raises:
        RunFailed: NaN or infinity in the features.
    """
    device = h_train.device if h_train.device.type in ("cpu", "cuda") else torch.device("cpu")
    h_train, h_validation = (h.detach().to(device, torch.float64) for h in (h_train, h_validation))
    y_train, y_validation = y_train.to(device), y_validation.to(device)
    if not (torch.isfinite(h_train).all() and torch.isfinite(h_validation).all()):
        raise RunFailed("the encoder's features contain NaN or infinity: no linear probe can be fitted to them")

    mean, deviation = h_train.mean(0), h_train.std(0, correction=0)
    deviation = torch.where(deviation < MIN_DEVIATION, torch.inf, deviation)
    everywhere = y_train.all(0)
    open_labels = (y_train.any(0) & ~everywhere).nonzero()[:, 0]
    fitted = logistic_path((h_train - mean) / deviation, y_train[:, open_labels], strengths, on_progress)

    validation = (h_validation - mean) / deviation
    probes = []
    for strength, found in zip(strengths, fitted, strict=True):
        weights = found.new_zeros(len(everywhere), h_train.shape[1])
        bias = torch.where(everywhere, CERTAIN, -CERTAIN).to(torch.float64)
        weights[open_labels], bias[open_labels] = found[:, :-1], found[:, -1]
        quality, threshold = best_threshold(y_validation, _scores(validation, weights, bias))
        probes.append(LinearProbe(mean.cpu(), deviation.cpu(), weights.cpu(), bias.cpu(), threshold, strength, quality))
    return max(probes, key=lambda probe: probe.quality)


def _scores(
    x: Float[Tensor, "m d"], weights: Float[Tensor, "c d"], bias: Float[Tensor, " c"]
) -> Iterator[Float[Tensor, "some m"]]:
    """Probabilities of some labels at a time, a row a label."""
    for rows in torch.arange(len(weights), device=x.device).split(max(1, SCORES_AT_ONCE // max(1, len(x)))):
        yield torch.sigmoid(weights[rows] @ x.T + bias[rows, None])
