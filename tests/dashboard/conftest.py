"""What the tests of lessons share."""

from functools import cache
from typing import Any

import pytest

from dashboard.lessons import Recorded
from mlcl_core.data import load_data, statistics
from mlcl_core.demo_runs.make import sample_runs
from mlcl_core.home_directory import home_directory
from mlcl_core.runs.store import Store


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """The runs that ship, and the icons, loaded once."""

    @cache
    def data() -> tuple[Any, dict[str, Any]]:
        icons = load_data("icons")
        return icons, statistics(icons)

    store = Store(home_directory(tmp_path_factory.mktemp("home")))
    return Recorded(sample_runs(store), data)
