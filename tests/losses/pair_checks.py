"""Checks of pair losses: values against loops, forces against differences and against gradients."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from tests import reference

Loops = Callable[[np.ndarray], list[float | None]]


def check_values(loss: Any, z: Tensor, y: Tensor, loops: list[float | None], tolerance: float, **inputs: Any) -> None:
    """Un-reduced values, their mean over those that count, over all, and their sum equal the loops."""
    close = {"rtol": tolerance, "atol": tolerance}
    expected = np.array([0.0 if value is None else value for value in loops])
    values = replace(loss, reduction="none")(z, y, **inputs)
    np.testing.assert_allclose(values.detach().numpy(), expected, **close)
    total, n = expected.sum(), max(len(expected), 1)
    given = {
        reduction: replace(loss, reduction=reduction, no_positive="drop")(z, y, **inputs).item()
        for reduction in ("mean", "sum")
    }
    np.testing.assert_allclose(given["mean"], reference.mean_of_counted(loops), **close)
    np.testing.assert_allclose(given["sum"], total, rtol=tolerance, atol=n * tolerance)
    zero = replace(loss, reduction="mean", no_positive="zero")(z, y, **inputs).item()
    np.testing.assert_allclose(zero, total / n, **close)


def differences(loops: Loops, s: np.ndarray, step: float = 1e-5) -> np.ndarray:
    """dL_i / ds_ij of the loops by central differences."""
    forces = np.zeros_like(s)
    for i in range(s.shape[0]):
        for j in range(s.shape[1]):
            ends = []
            for sign in (1, -1):
                moved = s.copy()
                moved[i, j] += sign * step
                ends.append(loops(moved)[i] or 0.0)
            forces[i, j] = (ends[0] - ends[1]) / (2 * step)
    return forces


def check_pairs(loss: Any, z: Tensor, y: Tensor, loops: Loops, s: Callable[[Tensor], Tensor]) -> None:
    """explain is what trains: values, forces by differences of the loops, and the gradient that forces chain to."""
    leaf, own = z.clone().requires_grad_(), torch.arange(len(y))
    terms = loss.explain(z, y, z, y, self_index=own)
    values = replace(loss, reduction="none")(leaf, y)
    torch.testing.assert_close(values.detach(), terms.value, rtol=1e-13, atol=1e-13)
    similarity = s(leaf)
    torch.testing.assert_close(similarity.detach(), terms.scaled_cosine, rtol=1e-12, atol=1e-12)
    expected = differences(loops, similarity.detach().numpy())
    np.fill_diagonal(expected, 0.0)
    np.testing.assert_allclose(terms.force.numpy(), expected, rtol=1e-6, atol=1e-7)
    (gradient,) = torch.autograd.grad(values.sum(), leaf)
    (chained,) = torch.autograd.grad((terms.force * similarity).sum(), leaf)
    torch.testing.assert_close(gradient, chained, rtol=1e-9, atol=1e-10)
    unit = torch.nn.functional.normalize(z, dim=1)
    torch.testing.assert_close(terms.cosine, unit @ unit.T)
    for pairs in (terms.attract, terms.compete, terms.positive, terms.force):
        assert not pairs.diagonal().any()
    one = loss.explain(z[1:2], y[1:2], z, y, self_index=own[1:2])
    for field in ("attract", "compete", "force", "scaled_cosine", "probability", "value"):
        torch.testing.assert_close(getattr(one, field)[0], getattr(terms, field)[1])
