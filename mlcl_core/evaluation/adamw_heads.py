"""The linear classifiers of a published comparison, by its grid: many small trainings at once, one setting a label."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from mlcl_core.errors import RunFailed

RATES = (1.0, 0.1)
DECAYS = (1.0, 0.1, 0.01, 1e-4)
SETTINGS = tuple(product(RATES, DECAYS))
HEADS, EPOCHS, BATCH = 3, 40, 256


@dataclass(frozen=True)
class Heads:
    """For each label the heads of its setting, whose probabilities are averaged.

    ``chosen`` is the setting of each label, by its place in ``SETTINGS``.
    """

    weights: Float[Tensor, "settings heads d c"]
    bias: Float[Tensor, "settings heads c"]
    chosen: Int64[Tensor, " c"]

    def scores(self, h: Float[Tensor, "n d"]) -> Float[Tensor, "n c"]:
        """Probability of each label, in float64."""
        labels = torch.arange(len(self.chosen), device=self.chosen.device)
        weights = self.weights[self.chosen, :, :, labels]  # c heads d
        bias = self.bias[self.chosen, :, labels]
        return torch.sigmoid(torch.einsum("nd,chd->nch", h.float(), weights) + bias).double().mean(2)


def fit_heads(
    h_train: Float[Tensor, "n d"],
    y_train: Bool[Tensor, "n c"],
    h_validation: Float[Tensor, "m d"],
    y_validation: Bool[Tensor, "m c"],
    *,
    seed: int,
    on_progress: Callable[[int, int], None] = lambda done, of: None,
) -> Heads:
    """Train three heads at each of eight settings by AdamW; each label takes the setting of its best validation F1.

    Learning rates 1 and .1, weight decays 1, .1, .01 and 1e-4 (none on the bias), 40 epochs in batches of 256, the rate
    falling to 0 in a line, mean binary cross-entropy, Xavier's uniform weights and zero biases, features as they are.
    F1 is that of the mean probability of the three heads at .5; of equal settings the first is taken.

    Args:
        h_train, h_validation: Frozen features.
        y_train, y_validation: Which labels each item carries.
        seed: Of the weights and of the order of items; equal seeds give equal bits in one thread.
        on_progress: Called with the number of steps done and of all; an exception ends the work.

    Raises:
        RunFailed: NaN or infinity in the features.

    References:
        Audibert et al., a comprehensive study of contrastive losses in multi-label learning; its code averages five
        heads, of which it trains three.
    """
    if not (torch.isfinite(h_train).all() and torch.isfinite(h_validation).all()):
        raise RunFailed("the encoder's features contain NaN or infinity: no linear probe can be fitted to them")
    (n, d), c, device = h_train.shape, y_train.shape[1], h_train.device
    generator = torch.Generator().manual_seed(seed)
    bound = (6 / (d + c)) ** 0.5
    first = (torch.rand(len(SETTINGS), HEADS, d, c, generator=generator) * 2 - 1) * bound
    weights = [part.clone().to(device).requires_grad_() for part in first]
    bias = [torch.zeros(HEADS, c, device=device, requires_grad=True) for _ in SETTINGS]
    groups = [
        {"params": [part], "lr": rate, "weight_decay": decay if part.ndim > 2 else 0.0}
        for (rate, decay), parts in zip(SETTINGS, zip(weights, bias, strict=True), strict=True)
        for part in parts
    ]
    optimiser = torch.optim.AdamW(groups)
    steps = EPOCHS * -(-n // BATCH)
    falling = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.0, steps)
    x, y = h_train.float(), y_train.float()
    done = 0
    for _ in range(EPOCHS):
        for rows in torch.randperm(n, generator=generator).to(device).split(BATCH):
            on_progress(done, steps)
            logits = x[rows] @ torch.stack(weights).view(-1, d, c) + torch.stack(bias).view(-1, 1, c)
            # the mean of each head alone: their gradients do not meet
            loss = torch.nn.functional.softplus(logits).sub(logits * y[rows]).mean((1, 2)).sum()
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            falling.step()
            done += 1
    with torch.no_grad():
        final = torch.stack(weights), torch.stack(bias)
        f1 = torch.stack([_f1(h_validation.float(), y_validation, *one) for one in zip(*final, strict=True)])
    return Heads(*final, f1.argmax(0))


def _f1(
    h: Float[Tensor, "m d"], y: Bool[Tensor, "m c"], weights: Float[Tensor, "heads d c"], bias: Float[Tensor, "heads c"]
) -> Float[Tensor, " c"]:
    """F1 of each label at .5; 0 where it is neither there nor predicted."""
    predicted = torch.sigmoid(h @ weights + bias[:, None]).mean(0) > 0.5
    return 2 * (predicted & y).sum(0) / (predicted.sum(0) + y.sum(0)).clamp(min=1)


__all__ = ["SETTINGS", "Heads", "fit_heads"]
