"""Logistic regressions of many labels on the same features, at several strengths, by one batched solver.

All labels walk together, so that a step of L-BFGS is two products of matrices: directions times features give what
changes in every logit, probabilities times features every gradient. Logits are linear along a direction, so that the
length of a step costs no product. Labels that have arrived leave the products.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from functools import partial

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from mlcl_core.errors import RunFailed

MEMORY = 20  # pairs that L-BFGS keeps: with 10 a path takes up to twice as many steps, with 30 a tenth fewer
ARRIVED = 1e-5  # bound of the preconditioned gradient; probabilities are then within 2e-5 of the optimum, as measured
OVERSHOT = 0.25  # share of the first slope that may be left, upwards, at the end of a step
MAX_STEPS = 5000  # at one strength; the hardest separable labels took 150
CHUNK_BYTES = 2**28  # of the labels that walk together: 400 of them for 11,000 items, where products run at full rate
FEW_PRODUCTS = 2**25  # multiplications of a step that end before threads have met: 1 ms on one


def logistic_path(
    x: Float[Tensor, "n d"],
    y: Bool[Tensor, "n c"],
    strengths: Sequence[float],
    on_progress: Callable[[int, int], None] = lambda done, of: None,
) -> Float[Tensor, "strengths c e"]:
    r"""For each strength C and each label, the weights w and the bias b (the last column) that minimise

    .. math:: \tfrac12 |w|^2 + C \sum_i \log(1 + e^{-s_i (w \cdot x_i + b)})

    with s = 1 for items that carry the label and -1 for the others.

    Args:
        x: Finite features in float64, each column with mean 0; on the device that does the work.
        y: Labels; each is carried by some item and lacked by some other.
        strengths: Ascending: each walk begins where the one before it ended.
        on_progress: Called before each step with the number of regressions done and of all; an exception ends the work.

    Returns:
        Weights and bias, with e = d + 1. Equal inputs give equal bits in one thread.

    Raises:
        RunFailed: A label does not arrive.

    Relations:
        ``sklearn.linear_model.LogisticRegression(C=C)`` at its optimum.

    References:
        Nocedal and Wright 2006, Numerical Optimization, algorithm 7.4 (L-BFGS). The objective's norm is that of turned
        features too: along the principal axes X'X is a diagonal D, and 1 + C mean(p (1 - p)) D stands for the Hessian.
    """
    c, done = y.shape[1], 0
    found = x.new_zeros(len(strengths), c, x.shape[1] + 1)
    if not c:  # nothing to tell of, either
        return found
    with _one_thread(if_few=x.numel() * c):
        axes = _principal_axes(x)
        turned = torch.cat([x @ axes, x.new_ones(len(x), 1)], 1)
        for rows in torch.arange(c, device=x.device).split(_labels_at_once(turned)):
            path = _Path(turned, y[:, rows].T)
            for into, strength in zip(found, strengths, strict=True):
                weights = path.walk_to(strength, partial(_tell, on_progress, done, len(strengths) * c))
                into[rows] = torch.cat([weights[:, :-1] @ axes.T, weights[:, -1:]], 1)
                done += len(rows)
    return found


@contextmanager
def _one_thread(if_few: int) -> Iterator[None]:
    """Work on one thread where there is little: a second one gains nothing, and on a busy machine is waited for."""
    threads = torch.get_num_threads()
    try:
        if if_few < FEW_PRODUCTS:
            torch.set_num_threads(1)
        yield
    finally:
        torch.set_num_threads(threads)


def _tell(on_progress: Callable[[int, int], None], done: int, of: int, arrived: int) -> None:
    on_progress(done + arrived, of)


def _principal_axes(x: Float[Tensor, "n d"]) -> Float[Tensor, "d r"]:
    """Orthonormal columns that span the rows of x and make X'X diagonal; r is the smaller of n and d."""
    if len(x) < x.shape[1]:
        span = torch.linalg.qr(x.T).Q
        return span @ _principal_axes(x @ span)
    return torch.linalg.eigh(x.T @ x).eigenvectors


def _labels_at_once(x: Float[Tensor, "n e"]) -> int:
    n, e = x.shape
    label = x.element_size() * (5 * n + 2 * (2 * MEMORY + 5) * e)
    return max(1, CHUNK_BYTES // label)


@dataclass
class _Walk:
    """Where labels are on their way; the first axis of every tensor is the label.

    ``logits`` and ``p`` have a column an item, the others one a feature: ``scale`` is the diagonal that stands for the
    Hessian, ``carried`` the sum of the features of the label's items; ``moves`` are the last steps, ``turns`` what each
    changed in the gradient.
    """

    weights: Float[Tensor, "c e"]
    logits: Float[Tensor, "c n"]
    p: Float[Tensor, "c n"]
    gradient: Float[Tensor, "c e"]
    scale: Float[Tensor, "c e"]
    carried: Float[Tensor, "c e"]
    moves: Float[Tensor, "c m e"]
    turns: Float[Tensor, "c m e"]

    def only(self, rows: Bool[Tensor, " c"]) -> "_Walk":
        """The walk of some of the labels."""
        return _Walk(*(getattr(self, field.name)[rows] for field in fields(self)))


class _Path:
    """The walks of some labels from strength to strength."""

    def __init__(self, x: Float[Tensor, "n e"], y: Bool[Tensor, "c n"]) -> None:
        self.x, self.strength = x, 0.0
        self.norm = x.new_ones(x.shape[1])
        self.norm[-1] = 0  # the bias is free
        self.weights = x.new_zeros(len(y), x.shape[1])
        self.weights[:, -1] = torch.logit(y.double().mean(1))
        self.carried = y.to(x.dtype) @ x
        self.moves, self.turns = x.new_zeros(2, len(y), MEMORY, x.shape[1])
        self.steps = 0
        self.spare = x.new_empty(2, *y.shape)

    def walk_to(self, strength: float, report: Callable[[int], None]) -> Float[Tensor, "c e"]:
        """The weights at a strength, from those at the one before."""
        rows, walk = torch.arange(len(self.weights), device=self.x.device), self._start(strength)
        for _ in range(MAX_STEPS):
            arrived = (walk.gradient.square() / walk.scale).sum(1) <= ARRIVED**2
            if arrived.any():
                for name in ("weights", "moves", "turns"):
                    getattr(self, name)[rows[arrived]] = getattr(walk, name)[arrived]
                rows, walk = rows[~arrived], walk.only(~arrived)
            report(len(self.weights) - len(rows))
            if not len(rows):
                return self.weights.clone()
            self._step(walk, self._direction(walk))
        raise RunFailed(f"{len(rows)} labels of the linear probe did not arrive in {MAX_STEPS} steps at C {strength}")

    def _start(self, strength: float) -> _Walk:
        if self.strength:
            # the norm's part of a change in the gradient stays, that of the items grows as C does
            stays = self.norm * self.moves
            self.turns = stays + strength / self.strength * (self.turns - stays)
        self.strength = strength
        logits = self.weights @ self.x.T
        p = logits.sigmoid()
        gradient = self._gradient(self.weights, p, self.carried)
        spread = (p.sum(1) - _dot(p, p)) / len(self.x)
        scale = self.norm + strength * spread[:, None] * self.x.square().sum(0)
        return _Walk(self.weights, logits, p, gradient, scale, self.carried, self.moves, self.turns)

    def _gradient(
        self, weights: Float[Tensor, "c e"], p: Float[Tensor, "c n"], carried: Float[Tensor, "c e"]
    ) -> Float[Tensor, "c e"]:
        return self.norm * weights + self.strength * (p @ self.x - carried)

    def _direction(self, walk: _Walk) -> Float[Tensor, "c e"]:
        """Algorithm 7.4: the gradient times the inverse Hessian that the last steps tell of."""
        downhill, taken = -walk.gradient, []
        for slot in self._slots():
            move, turn = walk.moves[:, slot], walk.turns[:, slot]
            share = _inverse(_dot(move, turn)) * _dot(move, downhill)
            downhill.addcmul_(turn, share[:, None], value=-1)
            taken.append(share)
        downhill /= walk.scale
        for slot, share in reversed(list(zip(self._slots(), taken, strict=True))):
            move, turn = walk.moves[:, slot], walk.turns[:, slot]
            rest = share - _inverse(_dot(move, turn)) * _dot(turn, downhill)
            downhill.addcmul_(move, rest[:, None])
        return downhill

    def _slots(self) -> list[int]:
        """Where the last steps lie, the latest first."""
        return [(self.steps - 1 - back) % MEMORY for back in range(min(self.steps, MEMORY))]

    def _step(self, walk: _Walk, direction: Float[Tensor, "c e"]) -> None:
        """Go along a direction to where the slope is nearly 0: a Newton step, shortened where it goes too far."""
        change, spare = self.spare[:, : len(direction)]
        torch.mm(direction, self.x.T, out=change)
        torch.mul(walk.p, change, out=spare)
        fall = -_dot(walk.gradient, direction)
        bend = _dot(self.norm * direction, direction) + self.strength * (_dot(spare, change) - _dot(spare, spare))
        length = fall / bend
        walk.logits.addcmul_(change, length[:, None])
        while True:
            torch.sigmoid(walk.logits, out=walk.p)
            weights = torch.addcmul(walk.weights, direction, length[:, None])
            gradient = self._gradient(weights, walk.p, walk.carried)
            rise = _dot(gradient, direction)
            too_far = rise > OVERSHOT * fall
            if not too_far.any():
                break
            shorter = torch.where(too_far, length * fall / (fall + rise), length)
            walk.logits.addcmul_(change, (shorter - length)[:, None])
            length = shorter
        slot = self.steps % MEMORY
        walk.moves[:, slot], walk.turns[:, slot] = weights - walk.weights, gradient - walk.gradient
        walk.weights, walk.gradient = weights, gradient
        self.steps += 1


def _dot(a: Float[Tensor, "c k"], b: Float[Tensor, "c k"]) -> Float[Tensor, " c"]:
    # a batched product: no product of all entries is written
    return torch.bmm(a[:, None], b[:, :, None])[:, 0, 0]


def _inverse(product: Float[Tensor, " c"]) -> Float[Tensor, " c"]:
    """1 over it; 0 where a pair tells nothing: none yet, or a step too small to bend the gradient."""
    return torch.where(product > 0, product.reciprocal(), 0.0)
