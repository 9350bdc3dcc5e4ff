"""The replay file: its numbers are the Anchor page's, it fetches nothing, and what does not fit is said."""

import base64
import hashlib
import json
import re
from functools import cache
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import loaders
from dashboard.components import replay as page
from dashboard.components.cloud import FOLDER, SCRIPTS
from dashboard.export.replay import MAX_BYTES, UNTABLED, replay
from dashboard.figures.pair_table import pair_table
from dashboard.figures.replay import relations_of_sets
from dashboard.figures.strongest import strongest_pairs
from dashboard.figures.three_digits import decoded, three_digits
from dashboard.figures.wire import unpack
from dashboard.style import with_tokens
from mlcl_core.cli import main
from mlcl_core.errors import InputError
from mlcl_core.losses import build_loss
from mlcl_core.pairs import relation_matrix
from mlcl_core.runs.files import append_line, load_arrays, save_arrays
from mlcl_core.runs.numbered import numbered_path
from mlcl_core.runs.run import Run
from tests.made_runs import ITEMS, LABELS, STEPS, made_run
from tests.toy_run import NASTY, toy_run

PROVES = {"test_what_does_not_fit_is_left_out_and_said": ("A replay holds at most {MAX_REPLAY_ITEMS:,} items.",)}


class Parts(HTMLParser):
    """The elements of a file: the text of each script and style, and the attributes of each element."""

    def __init__(self, text: str):
        """Read it."""
        super().__init__()
        self.texts: dict[str, list[str]] = {"script": [], "style": [], "title": []}
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.within = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note it."""
        self.elements.append((tag, dict(attrs)))
        self.within = tag

    def handle_data(self, data: str) -> None:
        """Note it."""
        if self.within in self.texts:
            self.texts[self.within].append(data)

    def handle_endtag(self, tag: str) -> None:
        """Note it."""
        self.within = ""

    def message(self, name: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """One of the two messages."""
        places = [dict(attrs).get("id") for tag, attrs in self.elements if tag == "script"]
        return unpack(base64.b64decode(self.texts["script"][places.index(name)]))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run whose temperature was changed after step 0, and which raised an alarm."""
    made = made_run(tmp_path_factory.mktemp("home"), "finished", name="made")
    setting = {"action": "set", "request": "a", "settings": {"loss.temperature": 0.5}}
    append_line(made.path / "events.jsonl", {"event": "acknowledged", "step": 1, "at": 0, **setting})
    append_line(made.path / "events.jsonl", {"event": "alarm", "step": 1, "at": 0, "text": "see /home/me/x.txt"})
    return made


@cache
def parts(run: Run, **options: Any) -> Parts:
    """The parts of the run's replay."""
    return Parts(replay(run, **options).html.decode())


@given(st.floats(-1e9, 1e9) | st.floats(1e-19, 1e-3) | st.just(0.9995))
def test_numbers_have_three_digits(value):
    """A number comes back as three significant digits of it do."""
    assert decoded(three_digits(np.array([value])))[0] == (float(f"{value:.3g}") if abs(value) > 1e-20 else 0)


def test_numbers_at_the_ends():
    """NaN and what is too large are unknown, what is too small is 0."""
    assert decoded(three_digits(np.array([0.0, 1e-30, -9.99e15, 1e-20]))).tolist() == [0, 0, -9.99e15, 1e-20]
    assert np.isnan(decoded(three_digits(np.array([np.nan, np.inf, 1e16])))).all()


@pytest.mark.parametrize("name", ["weighted_supcon", "msc"])
def test_strongest_pairs_are_the_table_of_the_anchor_page(name):
    """For each anchor the same pairs in the same order with the same numbers: equal forces and prototypes too."""
    rng = np.random.default_rng(0)
    labels = rng.random((30, 4)) < 0.4
    z = rng.standard_normal((30, 5))
    z[7], labels[7] = z[3], labels[3]  # twins: equal forces
    prototypes = rng.standard_normal((4, 5)) if name == "msc" else None
    loss = build_loss(name)
    from dashboard.figures.anchor import anchor_pairs

    found = strongest_pairs(loss, z, labels, prototypes, k=6)
    for anchor in range(30):
        pairs = anchor_pairs(loss, z, labels, anchor, "anchor", prototypes)
        more = len(pairs.force) - 30
        everyone = np.concatenate([labels, np.eye(more, 4, dtype=bool)])
        table = pair_table(pairs, np.arange(30 + more), [""] * (30 + more), everyone, "abcd", shown=6)
        there = found.other[anchor] >= 0
        assert found.other[anchor][there].tolist() == table["row"].tolist()
        assert np.allclose(found.force[anchor][there], table["force"], rtol=1e-12)
        assert np.allclose(found.weight[anchor][there], table["weight"], rtol=1e-12)
        assert np.allclose(found.cosine[anchor][there], table["cosine"], rtol=1e-12)
        assert found.relation[anchor][there].tolist() == pairs.relation[table["row"]].tolist()
    fewer, few = found.first(2), strongest_pairs(loss, z, labels, prototypes, k=2)
    assert np.array_equal(fewer.other >= 0, few.other >= 0)
    assert np.allclose(np.where(few.other < 0, 0, fewer.force), few.force, rtol=1e-12)


def test_relations_are_those_of_the_label_sets():
    """Unpacked as the script does, the relation of each pair of items is that of their labels."""
    labels = np.random.default_rng(1).random((25, 4)) < 0.5
    labels[:2] = False
    sets, table = relations_of_sets(labels)
    count, turned = int(sets.max()) + 1, {1: 1, 2: 2, 3: 3, 4: 5, 5: 4}
    from torch import from_numpy

    expected = relation_matrix(from_numpy(labels), from_numpy(labels)).numpy()
    for i, j in np.ndindex(25, 25):
        low, high = sorted((int(sets[i]), int(sets[j])))
        place = low * (2 * count - low - 1) // 2 + (high - low - 1)
        code = 2 if low == high else 1 + int(table[place // 3]) // 5 ** (place % 3) % 5
        assert (code if sets[i] <= sets[j] else turned[code]) == expected[i, j]


def test_the_tables_are_those_of_the_run(run):
    """At the first, a marked and the last frame, with the loss in force there: three digits of the pages' numbers."""
    header, arrays = parts(run).message("replay")
    assert [table["step"] for table in header["tables"]] == list(STEPS)
    assert header["tables"][1]["title"] == "Marked there: temperature 0.5 at step 1."
    watched = run.watched_items()
    for place, table in enumerate(header["tables"]):
        others = arrays[f"table{place}.other"].reshape(ITEMS, -1)
        numbers = {
            key: decoded(arrays[f"table{place}.{key}"]).reshape(ITEMS, -1) for key in ("weight", "cosine", "force")
        }
        for anchor in (0, 7, 39):
            pairs = loaders.pairs(run, table["step"], anchor, "anchor")
            shown = pair_table(pairs, watched.ids, watched.names, watched.labels, watched.label_names, shown=10)
            there = others[anchor] != table["none"]
            assert others[anchor][there].tolist() == shown["row"].tolist()
            for key, values in numbers.items():
                assert values[anchor][there].tolist() == [float(f"{value:.3g}") for value in shown[key]]


def test_no_folder_of_this_machine_is_in_the_file(run):
    """Of a path in the text of a mark the name of the file is left, and no text of the replay has the run's folder."""
    header, _ = parts(run).message("replay")
    assert "see x.txt (step 1)" in [mark["text"] for mark in header["timeline"]["marks"]]
    assert str(run.path.parent) not in json.dumps(header)


def test_the_frames_are_the_maps_of_the_run(run):
    """Positions within a 65,535th of the map's box, in the order of the items."""
    header, arrays = parts(run).message("replay")
    assert [frame["step"] for frame in header["frames"]] == header["timeline"]["steps"] == list(STEPS)
    for place, step in enumerate(STEPS):
        left, bottom, right, top = header["frames"][place]["box"]
        size = np.array([right - left, top - bottom])
        xy = arrays[f"frame{place}.xy"].reshape(-1, 2) / 65535 * size + [left, bottom]
        assert np.allclose(xy, run.map("pca", step).xy, atol=size.max() / 65535)


def test_nothing_is_fetched_and_only_own_scripts_run(run):
    """The policy forbids all addresses; the digests are those of the package's scripts and styles; no link stands in
    the file.
    """
    found = parts(run)
    (policy,) = [attrs["content"] for tag, attrs in found.elements if tag == "meta" and "http-equiv" in attrs]
    rules = dict(rule.split(" ", 1) for rule in str(policy).split("; "))
    assert (rules["default-src"], rules["base-uri"], rules["form-action"]) == ("'none'",) * 3
    assert "unsafe" not in str(policy)
    kinds = [attrs for tag, attrs in found.elements if tag == "script"]
    modules = [text for text, attrs in zip(found.texts["script"], kinds, strict=True) if attrs["type"] == "module"]
    digests = {f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in modules}
    assert set(rules["script-src"].split()) == digests
    for script in SCRIPTS:  # the app's own files, as they are
        text = (FOLDER / script).read_text(encoding="utf-8").replace(page.MODULE, "const cloudLibrary = function (")
        assert text in modules[-1]
    assert not [attrs for _, attrs in found.elements if {"src", "href", "style", "onload", "onclick"} & attrs.keys()]


def test_texts_of_users_never_become_html(tmp_path):
    """Markup in the name of a run and of a label is in the title, escaped, and in the messages, encoded."""
    made = replay(toy_run(tmp_path))
    text = made.html.decode()
    assert "<img" not in text
    assert Parts(text).texts["title"][0].startswith(NASTY)
    assert Parts(text).message("items")[0]["label_names"][0] == NASTY
    assert {tag for tag, _ in Parts(text).elements} == {
        tag for tag, _ in Parts(page.replay_page("", b"", b"")).elements
    }


def test_colours_are_those_of_the_app():
    """What components take from Streamlit's theme is a token of the Lab in a file, and the tokens are in it."""
    sheet = Parts(page.replay_page("", b"", b"")).texts["style"][0]
    assert sheet == with_tokens(page.FOLDER / "replay.css")
    taken = dict(re.findall(r"--st-([a-z-]+)-color: var\(--mlcl-([a-z-]+)\);", sheet))
    assert {name: token for name, token in taken.items() if name != token} == {"text": "ink"}
    assert set(taken) == {"primary", "background", "secondary-background", "text", "border"}


def test_what_does_not_fit_is_left_out_and_said(run, monkeypatch):
    """Frames evenly, with the first, the last, those of tables and the one that is opened; then pairs and colours."""
    whole = replay(run)
    assert whole.said == []
    assert len(whole.html) < MAX_BYTES / 10
    page_bytes = len(page.replay_page("", b"", b""))
    found = replay(run, 2, at_most=page_bytes + int(0.75 * (len(whole.html) - page_bytes)))
    assert found.said[0].startswith("Pictures have")
    header, _ = Parts(found.html.decode()).message("replay")
    assert header["notes"][: len(found.said)] == found.said
    assert header["timeline"]["step"] == 2
    with pytest.raises(InputError, match=r"replay of 40 items takes more than 0\.03 MB"):
        replay(run, at_most=30_000)
    monkeypatch.setattr("dashboard.export.replay.MAX_REPLAY_ITEMS", 39)
    with pytest.raises(InputError, match="at most 39 items, and the run watches 40"):
        replay(run)


def test_many_frames_are_thinned_evenly(tmp_path):
    """Of 101 frames as many as fit are kept, at even distances, and the file says how many."""
    many = toy_run(tmp_path)
    maps = numbered_path(many.path / "maps" / "pca", 50)
    arrays, metadata = load_arrays(maps)
    for step in range(51, 150):
        save_arrays(numbered_path(many.path / "maps" / "pca", step), arrays, metadata)
    found = replay(many, at_most=len(page.replay_page("", b"", b"")) + 90_000)
    distances = np.diff(found.steps[1:])
    assert 12 <= len(found.steps) < 101
    assert distances.max() <= distances.min() + 2
    assert found.steps[0] == 0
    assert found.steps[-1] == 149
    assert found.said[0] == f"Of 101 frames {len(found.steps)} are in this file, at even distances."


def test_runs_without_pairs_say_why(tmp_path):
    """A loss that compares no pairs, embeddings that are lost, frames of which only maps are kept: a sentence each."""
    plain = made_run(tmp_path, "finished", loss__name="bce")
    assert Parts(replay(plain).html.decode()).message("replay")[0]["tables"][0]["why"].startswith("This run's loss")
    broken = made_run(tmp_path, "finished")
    arrays, _ = load_arrays(numbered_path(broken.path / "frames", 0))
    save_arrays(numbered_path(broken.path / "frames", 0), {**arrays, "z": np.full_like(arrays["z"], np.nan)})
    why = Parts(replay(broken).html.decode()).message("replay")[0]["tables"][0]["why"]
    assert "40 of 40 items no longer have an embedding" in why
    for step in STEPS:
        numbered_path(broken.path / "frames", step).unlink()
    header, _ = Parts(replay(broken).html.decode()).message("replay")
    assert (header["tables"], header["untabled"]) == ([], UNTABLED)


def test_export_writes_a_replay(run, tmp_path, monkeypatch, capsys):
    """`mlcl export RUN --to FILE.html`; the run's prototypes are named; an unknown step is refused."""
    monkeypatch.setenv("MLCL_HOME", str(run.path.parents[1]))
    assert main(["export", "made", "--to", str(tmp_path / "a.html"), "--at", "2", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["items"], told["steps"], told["map"]) == (ITEMS, list(STEPS), "pca")
    header, _ = Parts((tmp_path / "a.html").read_text()).message("replay")
    assert header["timeline"]["step"] == 2
    assert len(header["stars"]) == LABELS
    assert main(["export", "made", "--to", str(tmp_path / "b.html"), "--at", "1"]) == 2
    assert re.search(r"no map 'pca' at step 1; the nearest steps are 0, 2, 5", capsys.readouterr().err)
    assert [path.name for path in tmp_path.iterdir()] == ["a.html"]
