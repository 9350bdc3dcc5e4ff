"""Data sets that several test files use, loaded once."""

import pytest

from mlcl_core.data import MultiLabelData, load_data


@pytest.fixture
def read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are read in this process, so that a limit changed by a test holds."""
    monkeypatch.setattr(
        "mlcl_core.data.files.read_in_process", lambda path, reader, params: reader.read(path, **params)
    )


@pytest.fixture(scope="session")
def icon_data() -> MultiLabelData:
    """The icons with the default split."""
    return load_data("icons")


@pytest.fixture(scope="session")
def movie_data() -> MultiLabelData:
    """All films with the default split."""
    return load_data("movies")
