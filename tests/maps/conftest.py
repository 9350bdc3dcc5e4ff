"""What the tests of maps share: clustered embeddings."""

import numpy as np
import pytest

from mlcl_core.maps import directions, umap_map


def clusters(n: int = 150, d: int = 8, *, seed: int = 0, spread: float = 0.5) -> np.ndarray:
    """Directions around five centres, item by item in turn."""
    generator = np.random.default_rng(seed)
    centres = generator.normal(size=(5, d))
    return directions(centres[np.arange(n) % 5] + spread * generator.normal(size=(n, d)))


@pytest.fixture(scope="module")
def z() -> np.ndarray:
    """150 directions in five clusters."""
    return clusters()


@pytest.fixture(scope="module")
def cold(z: np.ndarray) -> np.ndarray:
    """Their UMAP map from a cold start."""
    return umap_map(z).xy
