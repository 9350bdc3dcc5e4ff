"""The lines of the forest plots of an answer: which interval stands there, and what the leading method is ahead of."""

import numpy as np
import pytest

from dashboard.figures.which_forest import difference_lines, method_lines
from mlcl_core.engine.presets import preset
from mlcl_core.studies.compare import compare_methods
from mlcl_core.studies.which import study_file
from tests.studies.made import made_study

THREE = ["rule:any_shared", "loss:bce", "loss:focal"]
PROVES = {
    "test_intervals_are_those_of_the_method": ("Bars: 95 % intervals, not adjusted for the number of comparisons.",),
}


def table(home, seeds: int, done: int | None = None):
    """Of a made-up study of three methods."""
    file = study_file(preset("icons"), THREE, seeds, 5, tune=False, name="which-icons-1")
    return compare_methods(made_study(home, done=done, file=file), "icons", "macro_f1", resamples=200)


def test_intervals_are_those_of_the_method(tmp_path) -> None:
    """With 3 seeds: Student's t at 95 %, of each method and of each difference, whatever number of them there is."""
    found = table(tmp_path, 3)
    lines, marked = method_lines(found)
    assert [(line.name, line.value) for line in lines] == [(row.name, row.mean) for row in found.rows]
    assert marked == {"untrained": found.untrained, "items as given": found.items}
    assert {line.note for line in lines} == {"3 seeds, interval of the method"}
    others = difference_lines(found)
    assert len(others) == 2
    for line in others:
        (row,) = [row for row in found.rows if row.name == line.name]
        best = found.best.per_seed
        assert line.value == pytest.approx(np.mean(best) - np.mean(row.per_seed))
        # the interval excludes 0 where this comparison alone has p below .05, which is not Holm's
        assert (line.low > 0 or line.high < 0) == (row.against.p < 0.05)
        assert line.low + line.high == pytest.approx(2 * line.value)
        assert row.against.p <= row.p


def test_few_seeds_are_about_these_models(tmp_path) -> None:
    """With one seed each method has the interval of its models, hovering says so, and a difference has none."""
    lines, _ = method_lines(found := table(tmp_path, 1))
    assert {line.note for line in lines} == {"1 seed, interval of these models"}
    assert all(line.low < line.value < line.high for line in lines)
    assert [(line.low, line.high, line.note) for line in difference_lines(found)] == [
        (None, None, "1 seed in common")
    ] * 2


def test_the_first_results(tmp_path) -> None:
    """One method alone has no difference; without a result there is no line."""
    lines, _ = method_lines(found := table(tmp_path, 3, done=1))
    assert len(lines) == 1
    assert difference_lines(found) == []
    assert method_lines(table(tmp_path / "none", 3, done=0)) == ([], {})
