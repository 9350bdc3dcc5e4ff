"""What every test starts from: one thread, one seed, hypothesis without deadlines or a database.

jaxtyping and beartype check every annotated call of mlcl_core (switched on in pyproject.toml).
"""

from collections.abc import Iterator

import pytest
import torch
from hypothesis import settings
from jaxtyping import config as jaxtyping_config

torch.set_num_threads(1)
settings.register_profile("lab", deadline=None, database=None, derandomize=True, max_examples=40)
settings.load_profile("lab")


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


@pytest.fixture
def unchecked() -> Iterator[None]:
    """Shape annotations off, as in use: the product's own answer to bad shapes is under test."""
    jaxtyping_config.update("jaxtyping_disable", True)
    yield
    jaxtyping_config.update("jaxtyping_disable", False)
