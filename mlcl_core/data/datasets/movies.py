"""Real texts with real labels: 17,029 films, each described in one line, and their genres."""

import sqlite3
from contextlib import closing
from typing import Annotated, Any

import numpy as np

from mlcl_core import package_files
from mlcl_core.data.datasets.record import DatasetRecord
from mlcl_core.data.labels import LabelMatrix
from mlcl_core.data.multilabel import MultiLabelData
from mlcl_core.data.split import SHARES
from mlcl_core.data.stratify.iterative import iterative_split
from mlcl_core.data.texts import Texts
from mlcl_core.errors import InputError
from mlcl_core.options import Param

DIRECTORS, WRITERS, CAST, PRODUCERS = 2, 2, 3, 1  # names in a text, of up to hundreds
QUERY = """
    select o.imdbID, o.Title, o.Year, o.Genre, o.Country, o.Language, o.Director, o.Writer, o."Cast", t.Production
    from omdb o join tomatoes t on o.ID = t.ID where o.Genre is not null and o.Genre != '' order by o.ID
"""


def load_movies(
    *,
    seed: int,
    films: Annotated[
        int, Param("How many films, a sample of all 17,029; 0: all. Fewer are encoded sooner.", ge=0, le=20_000)
    ] = 0,
) -> MultiLabelData:
    """Films with a genre; the text of each gives its title, year, countries, languages, people and producers.

    The set has no plots. Two entries of one film fall into the same split.

    Args:
        seed: Of the split, and of the sample where not all films are taken.
        films: How many; 0: all.

    Raises:
        InputError: The package ``bokeh-sampledata`` isn't installed, or holds no such films.
    """
    rows = _rows()
    if 0 < films < len(rows):
        rows = [rows[row] for row in np.sort(np.random.default_rng([seed, 5]).permutation(len(rows))[:films])]
    genres = [{name.strip() for name in row[3].split(",")} for row in rows]
    names = sorted(set().union(*genres))
    labels = np.array([[name in have for name in names] for have in genres])
    _, groups = np.unique([row[0] or row[1] for row in rows], return_inverse=True)
    return MultiLabelData(
        name="movies",
        title=MOVIES.title,
        kind="text",
        items=Texts.of([described(*row[1:3], *row[4:]) for row in rows]),
        labels=LabelMatrix.of(labels),
        label_names=tuple(names),
        split=iterative_split(labels, SHARES, seed=seed, groups=groups),
        item_names=tuple(f"{row[1]} ({row[2]})" for row in rows),
    )


def described(
    title: str,
    year: int | None,
    country: str | None,
    language: str | None,
    director: str | None,
    writer: str | None,
    cast: str | None,
    producers: str | None,
) -> str:
    """A film in one line: what is unknown is left out, and of many names only the first few are given."""
    directors, writers, actors, companies = (
        [one for one in (names or "").split(", ") if one] for names in (director, writer, cast, producers)
    )
    writers = [one for one in writers if one not in directors]
    known = (
        ("{}", f"{title} ({year})" if year else title),
        ("{}", country),
        ("In {}", language),
        ("Directed by {}", ", ".join(directors[:DIRECTORS])),
        ("Written by {}", ", ".join(writers[:WRITERS])),
        ("With {}", ", ".join(actors[:CAST])),
        ("Produced by {}", ", ".join(companies[:PRODUCERS])),
    )
    return ". ".join(form.format(value) for form, value in known if value) + "."


def _rows() -> list[tuple[Any, ...]]:
    path = package_files.locate("bokeh_sampledata", "_data/movies.db", "bokeh-sampledata==2026.1", "data movies")
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            return connection.execute(QUERY).fetchall()
    except sqlite3.Error as error:
        raise InputError(f"{path} can't be read ({error}): data movies needs bokeh-sampledata==2026.1") from None


MOVIES = DatasetRecord(
    name="movies",
    title="Films and their genres",
    summary="17,029 films, each a line of text (title, year, countries, languages, people); the labels are its genres.",
    source="OMDb and Rotten Tomatoes tables as edited for bokeh-sampledata 2026.1",
    licence="CC0 (data), distributed with bokeh-sampledata (BSD-3)",
    load=load_movies,
)
