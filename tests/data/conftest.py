"""Data that several files look at, made once."""

import pytest

from mlcl_core.data import MultiLabelData, load_data


@pytest.fixture(scope="session")
def icon_data() -> MultiLabelData:
    """The icons with the default split."""
    return load_data("icons")
