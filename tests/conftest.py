"""What every test starts from: one thread, one seed, hypothesis without deadlines or a database.

jaxtyping and beartype check the annotated shapes of every call of the packages named in pyproject.toml, in the tests of
these packages (``CHECKED``). Other tests call the same functions with the same kinds of arrays, and run twice as fast
without.
"""

import os
from collections.abc import Generator, Iterator

import pytest
import torch
from hypothesis import settings
from jaxtyping import config as jaxtyping_config

torch.set_num_threads(1)
settings.register_profile("lab", deadline=None, database=None, derandomize=True, max_examples=25)
settings.load_profile("lab")


# Folders of tests in which shape annotations are checked.
CHECKED = ("pairs", "losses", "laws", "data", "models", "metrics", "maps")
# Tests of long loops over functions whose shapes the tests beside them check.
UNCHECKED = (
    "losses/test_golden", "losses/core/test_tiles", "losses/core/test_kernel", "losses/core/test_derivatives",
    "losses/core/test_explain", "losses/test_host_reads", "laws/test_loss_laws", "laws/test_prototype_laws",
    "laws/test_logit_laws", "laws/test_pair_loss_laws",
)  # fmt: skip
# Files that take longest, the longest first: begun last they would run alone at the end, on one of several cores.
LONGEST = (
    "bench/test_faults", "browser/test_journey", "browser/", "runs/", "bench/", "test_one_file_one_line", "test_cli",
    "engine/", "test_homes", "losses/test_golden",
)  # fmt: skip
# Files that use umap-learn, but for the mapper's own: begun late they find it compiled.
LATE = ("runs/test_mapping", "bench/test_maps", "maps/")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first, those that wait for others last; what opens a page is slow."""
    for item in items:
        if item.nodeid.startswith(("tests/browser/", "tests/pages/")):
            item.add_marker(pytest.mark.slow)

    def place(item: pytest.Item) -> int:
        if any(f"tests/{part}" in item.nodeid for part in LATE):
            return len(LONGEST) + 1
        found = [rank for rank, part in enumerate(LONGEST) if f"tests/{part}" in item.nodeid]
        return found[0] if found else len(LONGEST)

    items.sort(key=place)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Shape annotations are checked in the tests of the folders above, fixtures included."""
    checked = item.nodeid.startswith(tuple(f"tests/{folder}/" for folder in CHECKED))
    skipped = item.nodeid.startswith(tuple(f"tests/{file}" for file in UNCHECKED))
    jaxtyping_config.update("jaxtyping_disable", skipped or not checked)
    return (yield)


@pytest.fixture(scope="session", autouse=True)
def _numba_cache(pytestconfig: pytest.Config) -> Iterator[None]:
    # umap-learn compiles for half a minute: once, for all sessions in this clone and the mappers that tests start
    before = os.environ.get("NUMBA_CACHE_DIR")
    kept = pytestconfig.rootpath / ".pytest_cache" / "numba"
    os.environ["NUMBA_CACHE_DIR"] = before or str(kept)
    yield
    if before is None:
        del os.environ["NUMBA_CACHE_DIR"]


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


@pytest.fixture
def unchecked() -> None:
    """Shape annotations off, as in use: the product's own answer to bad shapes is under test."""
    jaxtyping_config.update("jaxtyping_disable", True)  # set anew for the next test


@pytest.fixture
def after_a_class() -> Iterator[None]:
    """What class mode fixes of Streamlit's options is fixed for a process; the next test is no class again."""
    from streamlit import config

    from dashboard import guard

    before = {name: config.get_option(name) for name in guard.FIXED}
    yield
    for name, value in before.items():
        if config.get_option(name) != value:
            config.set_option(name, value)
