"""Answers of a study: intervals and tests from its predictions, sentences with their numbers, and what is kept."""

import json
import re
import sys

import numpy as np
import pytest
from scipy import stats

from mlcl_core.errors import InputError
from mlcl_core.metrics import FINAL_METRICS
from mlcl_core.statistics import holm
from mlcl_core.studies.cells import cells_of
from mlcl_core.studies.compare import (
    answer,
    band_gains,
    compare_methods,
    curves,
    numeric_axes,
    over_data,
)
from mlcl_core.studies.folder import StudyFolder
from tests.studies import made
from tests.studies.made import METHODS, made_file, made_study

BEST = "similarity_dissimilarity"


@pytest.fixture(scope="module")
def kept_study(tmp_path_factory) -> StudyFolder:
    """The made study, whole, which no test changes."""
    return made_study(tmp_path_factory.mktemp("study"))


def bootstrapped(folder: StudyFolder, cells: list[str], less: list[str]) -> float:
    """Standard error of the difference of mean micro-F1 of some cells, by copies of the items."""
    rng, models = np.random.default_rng(5), [folder.predictions(cell) for cell in (*cells, *less)]

    def micro_f1(model, rows):
        labels, predicted = model.labels[rows], model.predicted[rows]
        return 2 * (labels & predicted).sum() / (labels.sum() + predicted.sum())

    measured = np.array([[micro_f1(one, rows) for one in models] for rows in rng.integers(60, size=(800, 60))])
    return float((measured[:, : len(cells)].mean(1) - measured[:, len(cells) :].mean(1)).std(ddof=1))


def test_a_table_is_what_its_rows_and_predictions_give(kept_study):
    """Means are those of the rows; the interval of a difference is Student's with items and seeds, p is Holm's."""
    rows = kept_study.rows().set_index("cell")
    table = compare_methods(kept_study, "icons", "micro_f1")
    assert [row.name for row in table.rows] == list(METHODS)
    assert (table.reference, table.best.name, table.comparisons, table.complete) == (BEST, BEST, 2, True)
    for row in table.rows:
        own = rows.loc[list(row.cells)]
        assert set(own["method"]) == {row.method}
        assert row.per_seed == pytest.approx(tuple(own["micro_f1"]))
        assert row.gain_items == pytest.approx(row.mean - own["items_micro_f1"].iloc[0])
        assert row.gain_untrained == pytest.approx(row.mean - own["untrained_micro_f1"].iloc[0])
        assert row.seeds_interval.low == pytest.approx(stats.ttest_1samp(own["micro_f1"], 0).confidence_interval().low)
        assert row.items_interval.method == "bca"
        assert row.mean in row.items_interval
        assert row.interval.low < row.items_interval.low
    best, bce = table.best, table.rows[2]
    differences = np.array(best.per_seed) - np.array(bce.per_seed)
    se = np.hypot(bootstrapped(kept_study, list(best.cells), list(bce.cells)), differences.std(ddof=1) / 3**0.5)
    assert bce.against.value == pytest.approx(differences.mean())
    half = stats.t.ppf(0.975, bce.against.df) * se
    assert (bce.against.low, bce.against.high) == pytest.approx(
        (differences.mean() - half, differences.mean() + half), abs=0.15 * half
    )
    others = [row for row in table.rows if row is not best]
    assert [row.p for row in others] == pytest.approx(list(holm(np.array([row.against.p for row in others]))))
    assert [row.indistinguishable for row in table.rows] == [False, None, False]


def test_rows_alone_are_enough_for_a_first_look(tmp_path, monkeypatch):
    """Without resamples no predictions are opened; what was resampled once is kept on disk and read from there."""
    study, read = made_study(tmp_path), []
    predictions = StudyFolder.predictions
    monkeypatch.setattr(StudyFolder, "predictions", lambda self, cell: read.append(cell) or predictions(self, cell))
    cheap = compare_methods(study, "icons", "micro_f1", items=False)
    assert not read
    assert not cheap.complete
    assert all(row.seeds_interval and not row.interval and row.p is None for row in cheap.rows)
    whole = compare_methods(study, "icons", "micro_f1")
    assert len(read) == 9
    again = compare_methods(study, "icons", "micro_f1", items=False)
    assert len(read) == 9
    assert again.complete
    assert again.rows == whole.rows
    # one cell is trained again: what holds it is computed anew
    study.add(made.made_result(cells_of(study.file)[0]))
    compare_methods(study, "icons", "micro_f1")
    assert len(read) > 9


def test_damaged_results_are_computed_anew(tmp_path):
    """What is kept of resamples and cannot be read costs time alone."""
    study = made_study(tmp_path)
    before = compare_methods(study, "icons", "micro_f1").rows
    (kept,) = (study.path / "statistics").iterdir()
    for damage in ("{", json.dumps({"parts": {"x": {"se": "?"}}}), "[1]"):
        kept.write_text(damage)
        assert compare_methods(study, "icons", "micro_f1").rows == before


def test_another_reference(kept_study):
    """Against a named method every difference is the other one less it; one that is not there is told."""
    table = compare_methods(kept_study, "icons", "micro_f1", reference="bce")
    assert (table.reference, table.best.name) == ("bce", BEST)
    by_name = {row.name: row for row in table.rows}
    assert by_name["bce"].against is None
    for row in table.rows[:2]:
        assert row.against.value == pytest.approx(row.mean - by_name["bce"].mean)
    with pytest.raises(InputError, match="there is no method 'ce' to compare with; there are: any_shared, simi"):
        compare_methods(kept_study, "icons", "micro_f1", reference="ce")
    with pytest.raises(InputError, match="there is no metric 'f2'"):
        compare_methods(kept_study, "icons", "f2")


def test_lower_is_better(kept_study):
    """Of an error the lowest is best; in sentences a gain is positive."""
    table = compare_methods(kept_study, "icons", "hamming_loss", methods=[BEST, "bce"])
    assert table.best.name == BEST
    assert table.rows[1].against.value < 0
    assert table.rows[1].against.share_ahead > 0.9
    (first, *_) = answer(kept_study, "icons", ("hamming_loss",), methods=[BEST, "bce"])
    by = -table.rows[1].against.value
    assert f"{BEST} is better than bce on Hamming loss by {by:.3f}".replace("0.", ".") in first.text


def test_the_sentence_of_two_methods(kept_study):
    """What is decided comes first, then what is not with the seeds that would decide it; each with its own numbers."""
    found = answer(kept_study, "icons", methods=["any_shared", BEST])
    micro = compare_methods(kept_study, "icons", "micro_f1", methods=["any_shared", BEST]).rows[0].against
    macro = compare_methods(
        kept_study, "icons", "macro_f1", methods=["any_shared", BEST], labels="frequent", comparisons=2
    )
    against = macro.rows[0].against

    def said(value: float) -> str:
        return re.sub(r"\b0\.", ".", f"{value:.3f}")

    assert micro.p < 0.025 < against.p
    assert found[0].text == (
        f"{BEST} is better than any_shared on Micro-F1 by {said(micro.value)} [{said(micro.low)}, {said(micro.high)}]; "
        "on Macro-F1 of the 3 labels with at least 10 test positives nothing can be said with 3 seeds "
        f"({said(against.value)} [{said(against.low)}, {said(against.high)}]): "
        f"{against.needed.seeds} seeds would decide it."
    )
    assert [sentence.about for sentence in found] == ["better", "rare", "how"]
    assert "Apart, of the 1 label with fewer than 10 test positives, Macro-F1: any_shared .752" in found[1].text
    assert "better" not in found[1].text
    assert found[2].text == (
        "Intervals hold 95 %, of the method (other seeds and other test items): 3 seeds, 60 test items, not adjusted; "
        "better means p < .05 by Holm over 2 comparisons."
    )


def test_the_sentences_of_many_methods(kept_study):
    """The best with its interval, what it is better than, and one sentence for each that it cannot be told from."""
    found = answer(kept_study, "icons", ("macro_f1",))
    table = compare_methods(kept_study, "icons", "macro_f1", labels="frequent")
    assert f"{BEST} has the highest mean, {table.best.mean:.3f}".replace("0.", ".") in found[0].text
    assert found[1].text.startswith(f"{BEST} is better than bce by ")
    assert found[2].text.startswith("With 3 seeds nothing can be said against any_shared (.0")
    assert [sentence.about for sentence in found[:3]] == ["better", "better", "undecided"]


def test_many_open_comparisons_are_named_and_told_apart(kept_study, monkeypatch):
    """Beyond a number of methods the sentence names them, and its details have the same words on each."""
    inline = answer(kept_study, "icons", ("macro_f1",))[2]
    monkeypatch.setattr(sys.modules[answer.__module__], "MAX_INLINE", 0)
    named = answer(kept_study, "icons", ("macro_f1",))[2]
    assert named.text == "With 3 seeds nothing can be said against any_shared."
    on, by = "Macro-F1 of the 3 labels with at least 10 test positives", inline.text.partition("(")[2].rstrip(").")
    assert named.details == (f"On {on} against any_shared: {by.replace(': ', '; ')}.",)
    assert inline.details == ()


def test_better_is_holms(kept_study, monkeypatch):
    """A p of .03 is better alone; beside a second comparison it is not, though the interval stays as it is."""
    import mlcl_core.statistics.differences as module

    monkeypatch.setattr(module, "p_method", lambda *_: 0.03)
    two, one = (
        answer(kept_study, "icons", metrics, methods=[BEST, "any_shared"])
        for metrics in (("macro_f1", "micro_f1"), ("micro_f1",))
    )
    assert one[0].about == "better"
    assert two[0].about == "undecided"
    assert "better than" not in two[0].text
    assert "better means p < .05." in one[-1].text


def test_items_as_given_come_first(tmp_path, monkeypatch):
    """Where no method beats the probe on the items as given, that is the first sentence, with both numbers."""
    monkeypatch.setattr(made, "AS_GIVEN", 2.5)
    study = made_study(tmp_path)
    rows = study.rows()
    found = answer(study, "icons", ("micro_f1",))
    best = rows[(rows["data"] == "icons") & (rows["method"] == BEST)]["micro_f1"].mean()
    assert found[0].about == "items"
    assert re.match(
        r"No method beats the items as given on Micro-F1: the same probe on them reaches "
        + f"{rows['items_micro_f1'].iloc[-1]:.3f}, {BEST}, the best method, {best:.3f}".replace("0.", r"\."),
        found[0].text,
    )
    assert found[1].about == "better"
    monkeypatch.setattr(made, "AS_GIVEN", 1.15)
    close = answer(made_study(tmp_path / "close"), "icons", ("micro_f1",))
    assert close[0].text.startswith("No method is shown to beat the items as given on Micro-F1")


def test_two_seeds_say_nothing_of_a_method(tmp_path):
    """No sentence about a loss: what is said is of the trained models, with their interval."""
    study = made_study(tmp_path, file=made_file(seeds=[0, 1]))
    found = answer(study, "icons", ("micro_f1",), methods=["any_shared", BEST])
    other = compare_methods(study, "icons", "micro_f1", methods=["any_shared", BEST]).rows[0]
    low, high = other.against_items.low, other.against_items.high
    assert other.indistinguishable is None
    assert found[0].text == (
        "With 2 seeds nothing is said of a method: 3 are the least; on Micro-F1 the trained models of "
        f"{BEST} are ahead by {other.against.value:.3f} [{low:.3f}, {high:.3f}] on other test items."
    ).replace("0.", ".")
    assert len(found) == 1
    many = answer(study, "icons", ("micro_f1",))
    assert [sentence.about for sentence in many] == ["few_seeds", "few_seeds"]
    assert many[1].text.startswith(
        "With 2 seeds nothing is said of a method: 3 are the least; on other test items the trained models of "
        f"{BEST} are ahead of any_shared by {other.against.value:.3f} [{low:.3f}, {high:.3f}] and of bce by ".replace(
            "0.", "."
        )
    )


def test_a_study_that_is_done_in_part(tmp_path):
    """Nothing finished, one method, and methods with other numbers of seeds: each has its sentence or note."""
    study = made_study(tmp_path / "none", done=0)
    (nothing,) = answer(study, "icons")
    assert nothing.text.startswith("No cell on this data set is finished")
    assert compare_methods(study, "icons", "micro_f1").rows == ()
    assert over_data(study, "micro_f1").ranks is None
    assert band_gains(study, "icons").rows == ()
    (one,) = answer(made_study(tmp_path / "one", done=1), "icons")
    assert one.text.startswith("any_shared is the one method that has a result")
    # seed 2 of two methods is missing; the first one has it
    part = made_study(tmp_path / "part", done=7, failed=(1,))
    table = compare_methods(part, "icons", "micro_f1")
    assert table.notes == (
        "1 cell failed and is not counted.",
        "Methods have 1 to 3 seeds; two are compared over those that both have.",
    )
    assert {row.name: row.seeds for row in table.rows} == {"any_shared": (0, 1, 2), BEST: (1,), "bce": (0, 1)}
    assert table.best.name == BEST
    assert [row.against and row.against.seeds for row in table.rows] == [1, None, 1]


def test_gains_by_band(kept_study):
    """Each band's value is the metric over its labels; its gain is over the first method; bands are said in words."""
    found = band_gains(kept_study, "icons")
    assert found.reference == "any_shared"
    assert (found.labels, found.covered) == ((1, 2, 2), (1, 2, 1))
    assert "Head: labels with at least 100 training items (1)" in found.cut.words
    rows = kept_study.rows()
    for row in found.rows:
        cells = rows[(rows["data"] == "icons") & (rows["method"] == row.method)]["cell"]
        columns = found.cut.labels[found.cut.names.index(row.band)]
        values = [FINAL_METRICS["macro_f1"].measure(kept_study.predictions(cell).of_labels(columns)) for cell in cells]
        assert row.value == pytest.approx(np.mean(values))
    head = {row.method: row for row in found.rows if row.band == "head"}
    assert head["bce"].gain.value == pytest.approx(head["bce"].value - head["any_shared"].value)
    assert head["any_shared"].gain is None


def test_ranks_over_data(kept_study):
    """Mean ranks by hand, P(improvement) by seeds, and the sentence of what two data sets can show."""
    found = over_data(kept_study, "micro_f1")
    assert found.data == ("digits", "icons")
    assert found.ranks.methods == (BEST, "any_shared", "bce")
    assert found.ranks.mean_ranks.tolist() == [1, 2, 3]
    assert found.p_improvement[0, 2] == 1
    assert np.diag(found.p_improvement).tolist() == [0.5] * 3
    assert found.sentence == (
        "Over 2 data sets Wilcoxon's test gives no p below .5: whatever the results, no two methods differ at .05."
    )


@pytest.mark.parametrize(
    ("data", "methods", "said"),
    [
        (5, 2, "no p below .0625: whatever the results, no two methods differ at .05."),
        (6, 3, "no p below .0312, and none below .0938 by Holm over 3 pairs: whatever the results, no two"),
        (8, 3, "none below .0234 by Holm over 3 pairs. At .05 differ m0 from m1, m0 from m2 and m1 from m2."),
    ],
)
def test_what_few_data_sets_can_show(kept_study, monkeypatch, data, methods, said):
    """5 data sets: never below p .0625; 6 with three methods fall to Holm; 8 can tell three methods apart."""
    import pandas as pd

    rows = [
        {
            "data": f"d{at}",
            "method": f"m{one}",
            "seed": 0,
            "cell": f"{at}-{one}",
            "state": "ok",
            "micro_f1": 0.9 - 0.1 * one - 0.001 * at * one,
        }
        for at in range(data)
        for one in range(methods)
    ]
    found = over_data(kept_study, "micro_f1", rows=pd.DataFrame(rows))
    assert said in found.sentence
    # a data set that one method lacks is left out, and said
    short = over_data(kept_study, "micro_f1", rows=pd.DataFrame(rows[1:]))
    assert len(short.data) == data - 1 or "m0" in short.left_out


def test_curves(tmp_path):
    """Along temperatures each method has its mean and interval at each value; other axes are none of numbers."""
    grid = {"data": ["icons"], "method": ["any_shared", "bce"], "loss.temperature": [0.5, 0.1]}
    study = made_study(tmp_path, file=made_file(grid=grid))
    assert numeric_axes(study) == ["loss.temperature"]
    found = curves(study, "icons", "micro_f1", "loss.temperature")
    assert [curve.name for curve in found] == ["any_shared", "bce"]
    rows = study.rows()
    for curve in found:
        assert [point.x for point in curve.points] == [0.1, 0.5]
        for point in curve.points:
            own = rows[(rows["method"] == curve.name) & (rows["loss.temperature"] == point.x)]["micro_f1"]
            assert point.mean == pytest.approx(own.mean())
            assert (point.interval.kind, point.seeds) == ("other seeds", 3)
    whole = curves(study, "icons", "micro_f1", "loss.temperature", methods=["bce"], items=True)
    assert whole[0].points[0].interval.kind == "the method"
    names = [row.name for row in compare_methods(study, "icons", "micro_f1", items=False).rows]
    assert names == [f"{method}, temperature {value}" for method in ("any_shared", "bce") for value in (0.1, 0.5)]
    with pytest.raises(InputError, match=r"'method' is no axis of numbers; there are: loss\.temperature"):
        curves(study, "icons", "micro_f1", "method")
    with pytest.raises(InputError, match="there is no axis 'seed'"):
        compare_methods(study, "icons", "micro_f1", where={"seed": 0})
