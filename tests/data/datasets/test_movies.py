"""The films that are installed with the Lab."""

import numpy as np
import pytest

from mlcl_core.data import Texts, load_data, statistics
from mlcl_core.data.datasets.movies import described
from mlcl_core.errors import InputError


def test_what_there_is(movie_data) -> None:
    """17,029 films and 21 genres, at least one for each film, as in the source table."""
    numbers = statistics(movie_data, sample=200)
    assert (numbers["items"], numbers["labels"], numbers["label_sets"]) == (17_029, 21, 1_187)
    assert numbers["cardinality"] == pytest.approx(2.08, abs=0.005)
    assert numbers["items_without_label"] == 0
    assert (numbers["most_frequent"][0][0], numbers["kind"]) == ("Drama", "text")


def test_a_film_in_one_line(movie_data) -> None:
    """Known facts in order; unknown ones are left out, and so are writers who direct; of many names the first few."""
    assert isinstance(movie_data.items, Texts)
    row = movie_data.item_names.index("We Live in Public (2009)")
    assert movie_data.items[row] == "We Live in Public (2009). United States. In English. Directed by Ondi Timoner."
    film = described("A", None, None, "", "x, y, z", "y, w, v, u", "b, c, d, e, f, g", "h, i")
    assert film == "A. Directed by x, y. Written by w, v. With b, c, d. Produced by h."


def test_one_film_is_in_one_split(movie_data) -> None:
    """Entries with the same text fall into the same split."""
    where: dict[str, set[str]] = {}
    for text, split in zip(movie_data.items.some(slice(None)), movie_data.split, strict=True):
        where.setdefault(text, set()).add(str(split))
    assert max(map(len, where.values())) == 1


def test_a_sample(movie_data) -> None:
    """Fewer films are a seeded sample of all; impossible numbers are refused."""
    some, again, other = (load_data("movies", films=500, seed=seed) for seed in (0, 0, 1))
    assert len(some) == 500
    assert some.item_names == again.item_names != other.item_names
    assert set(some.item_names) <= set(movie_data.item_names)
    assert np.array_equal(some.split, again.split)
    with pytest.raises(InputError, match="films is -1"):
        load_data("movies", films=-1)


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package, one error line says what to install."""
    monkeypatch.setattr("mlcl_core.package_files.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install bokeh-sampledata==2026\.1"):
        load_data("movies")
