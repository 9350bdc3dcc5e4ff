"""Every registered data set: a complete record, offline loading, equal data for equal seeds."""

import pytest
import torch

from mlcl_core.data import DATASETS, VIEWS, Texts, load_data
from mlcl_core.errors import InputError


@pytest.mark.parametrize("name", DATASETS)
def test_record(name):
    """Each record has a title, a summary, a source and a licence, and each parameter a help."""
    record = DATASETS[name]
    assert record.name == name
    assert all((record.title, record.summary, record.source, record.licence))
    assert all(option.help for option in record.params.values())


@pytest.mark.parametrize("name", DATASETS)
def test_loads(name, icon_data, movie_data):
    """Each loads without a network, under its name; equal seeds give equal data."""
    small = {"scenes": 100} if "scenes" in DATASETS[name].params else {}
    data = load_data(name, **small)
    again = {"icons": icon_data, "movies": movie_data}.get(name) or load_data(name, **small)
    assert data.name == name
    if isinstance(data.items, Texts):
        assert data.items.some(slice(None)) == again.items.some(slice(None))
    else:
        assert data.kind in VIEWS
        assert torch.equal(data.items, again.items)
    assert torch.equal(data.labels.dense(), again.labels.dense())
    assert (data.split == again.split).all()


@pytest.mark.parametrize("name", DATASETS)
def test_unknown_parameter(name):
    """An unknown parameter is named in the error."""
    with pytest.raises(InputError, match="no option colour"):
        load_data(name, colour=1)
