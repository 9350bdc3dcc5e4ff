"""The file of "Which is better here?": what fits into some minutes, what a method is, what is refused."""

import json
from collections import Counter

import pytest

from mlcl_core.engine.config import TrainConfig
from mlcl_core.engine.presets import preset
from mlcl_core.errors import InputError
from mlcl_core.losses import LOSSES
from mlcl_core.studies import plan as plan_of_studies
from mlcl_core.studies.cells import cells_of, tuning_cells
from mlcl_core.studies.file import study_from_json
from mlcl_core.studies.records import TUNING
from mlcl_core.studies.training_time import TrainingTime, mean_time, timed
from mlcl_core.studies.which import (
    AS_SET_UP,
    SUGGESTED,
    choices,
    data_title,
    earlier_times,
    free_study_name,
    learning_rates,
    make_plan,
    study_file,
)
from tests.studies.made import made_study

PROVES = {
    "test_tuning_counts": ("The same number of further trainings for each method, judged by validation items.",),
    "test_all_methods_have_the_same_data_and_seeds": (
        "The methods below are trained on the same data with the same seeds.",
    ),
}
TIME = TrainingTime(epoch=2.0, around=10.0)
TWO = ["rule:any_shared", "loss:bce"]


def icons(**settings) -> TrainConfig:
    """The preset icons, with 50 epochs and other settings."""
    return preset("icons").with_settings({"training.epochs": 50, **settings})


def plan(config: TrainConfig, chosen=TWO, seeds=3, minutes=4.0, tune=False):
    """A plan at the time above."""
    return make_plan(config, chosen, seeds, minutes, TIME, tune=tune, name="which-icons-1")


def test_epochs_are_cut_to_the_minutes() -> None:
    """6 trainings in 240 s are 40 s each: 10 s around, so 15 epochs of 2 s; with 20 minutes all 50 fit."""
    short, long = plan(icons()), plan(icons(), minutes=20)
    assert (short.trainings, short.tunings, short.epochs, short.wanted) == (6, 0, 15, 50)
    assert (short.seconds, short.wanted_seconds) == (240, 660)
    assert (long.epochs, long.seconds) == (50, 660)
    assert short.file.base["training.epochs"] == 15


def test_tuning_counts() -> None:
    """3 learning rates for each of the methods, the same for all: 12 trainings in all, 5 epochs each."""
    found = plan(icons(), tune=True)
    assert (found.trainings, found.tunings, found.epochs) == (6, 6, 5)
    assert found.file.tune == {"optimiser.learning_rate": [0.001, 0.003, 0.01], "seed": 1000}
    tuning = tuning_cells(found.file)
    assert Counter(cell.method for cell in tuning) == {"Any shared label (ANY)": 3, "Binary cross-entropy": 3}
    assert {cell.kind for cell in tuning} == {TUNING}  # which is evaluated on validation alone
    assert [learning_rates(rate) for rate in (0.001, 0.002, 1e-9, 10)] == [
        [0.0003, 0.001, 0.003],
        [0.001, 0.002, 0.003],
        [1e-9 / 3, 1e-9, 1e-6],
        [3, 10, 30],
    ]


def test_all_methods_have_the_same_data_and_seeds() -> None:
    """Each method of a plan has a training with each seed, and all cells have the configuration of one data set."""
    cells = cells_of(plan(icons()).file)
    assert Counter((cell.method, cell.seed) for cell in cells) == {
        (name, seed): 1 for name in ("Any shared label (ANY)", "Binary cross-entropy") for seed in (0, 1, 2)
    }
    assert len({cell.config.data.model_dump_json() for cell in cells}) == 1


def test_minutes_too_few_for_anything() -> None:
    """Not even one epoch of each: refused, with the minutes that are enough, which then are."""
    with pytest.raises(InputError, match="1 minute are too few: one epoch of each of the 6 trainings takes about 2;"):
        plan(icons(), minutes=1)
    assert plan(icons(), minutes=2).epochs == 5


@pytest.mark.parametrize(
    ("chosen", "line"),
    [
        ([], "no methods chosen; a comparison needs at least 2"),
        (["loss:bce"], "1 method chosen; a comparison needs at least 2"),
        ([*SUGGESTED, "loss:focal"], "7 methods chosen; at most 6"),
        (["loss:bce", "loss:bce"], "the same method twice: 'Binary cross-entropy' and 'Binary cross-entropy'"),
        (["rule:similarity_dissimilarity", AS_SET_UP], "the same method twice: 'Similarity-dissimilarity' and"),
        (["loss:bce", "loss:nothing"], "there is no method 'loss:nothing'"),
        (["loss:bce", "rule"], "there is no method 'rule'"),
    ],
)
def test_choices_that_are_none(chosen, line) -> None:
    """Too few, too many, the same one twice, also where another name hides it, and what is not there."""
    with pytest.raises(InputError, match=line):
        plan(icons(), chosen)


def test_a_method_is_what_the_form_would_train() -> None:
    """A rule keeps the preset's loss, another loss has its own defaults, the form's own keeps all that was changed."""
    config = icons(**{"loss.temperature": 0.2, "loss.placement": "inside", "training.batch_size": 64})
    chosen = ["rule:jaccard", "loss:label_level", AS_SET_UP]
    cells = {cell.method: cell.config for cell in cells_of(study_file(config, chosen, 1, 7, tune=False, name="x"))}
    jaccard, level, own = cells.values()
    assert [*cells] == ["Jaccard overlap", LOSSES["label_level"].title, "Similarity-dissimilarity, as set up"]
    assert jaccard.loss == preset("icons").with_settings({"loss.rule": "jaccard"}).loss
    assert (level.loss.name, level.loss.temperature) == (
        "label_level",
        LOSSES["label_level"].options["temperature"].default,
    )
    assert own.loss == config.loss
    assert {(one.training.batch_size, one.training.epochs, one.data.name) for one in cells.values()} == {
        (64, 7, "icons")
    }


def test_every_choice_is_a_method_of_a_study() -> None:
    """Suggestions come first; each choice makes a cell with a name of its own, on a preset with another loss too."""
    every = choices()
    assert [*every][: len(SUGGESTED)] == [*SUGGESTED]
    config = icons(**{"loss.name": "bce"})
    file = study_file(config, [*every], 1, 1, tune=False, name="x")
    assert study_from_json(file.to_json()) == file  # what is downloaded is read again
    assert [cell.method for cell in cells_of(file)] == [*every.values()]


@pytest.mark.parametrize("name", ["films", "2024", "true", "null"])
def test_data_of_ones_own_keep_their_name(name) -> None:
    """An upload may be called like a number of JSON."""
    config = preset("vectors").with_settings({"data.name": json.dumps(name)})
    (cell, *_) = cells_of(study_file(config, TWO, 1, 1, tune=False, name="x"))
    assert (cell.data, cell.config.data.name, cell.config.data.path) == (name, name, None)


def test_a_file_by_its_path_is_told_without_its_folder(tmp_path) -> None:
    """The path is in the file, so that it can run again; tables and titles name the file alone."""
    config = preset("vectors").with_settings({"data.path": str(tmp_path / "deep" / "my films.csv")})
    file = study_file(config, TWO, 1, 1, tune=False, name="x")
    (cell, *_) = cells_of(file)
    assert (cell.data, cell.config.data.path) == ("my films", str(tmp_path / "deep" / "my films.csv"))
    assert (file.title, data_title(config)) == ("Which is better on my films?", "my films")
    assert free_study_name(config, ["which-my-films-1"]) == "which-my-films-2"
    odd = preset("vectors").with_settings({"data.path": "/x/" + "长" * 90 + ".csv"})
    assert free_study_name(odd, []) == "which-data-1"


def test_a_preset_keeps_what_was_changed() -> None:
    """Whole mappings too: parameters of data and of the sampler, and what is taken away from them."""
    config = preset("digits").with_settings({"data.params": {"scenes": 120}, "training.sampler_params": {}, "seed": 9})
    file = study_file(config, TWO, 2, 3, tune=False, name="x")
    for cell in cells_of(file):
        own = config.with_settings({"training.epochs": 3, "seed": cell.seed}).model_dump() | {"loss": None}
        assert cell.config.model_dump() | {"loss": None} == own
    assert [cell.seed for cell in cells_of(file)] == [0, 0, 1, 1]


def test_the_time_of_earlier_studies(tmp_path) -> None:
    """Rows on the same data with the same settings tell it, whatever their number of epochs; others tell nothing."""
    file = study_file(icons(), TWO, 3, 4, tune=False, name="which-icons-1")
    made_study(tmp_path, file=file)
    found = earlier_times(tmp_path, icons(**{"training.epochs": 30}))
    assert found == {
        "Any shared label (ANY)": TrainingTime(0.5, 0.3),
        "Binary cross-entropy": TrainingTime(0.5, pytest.approx(0.3)),
    }
    assert earlier_times(tmp_path, icons(**{"training.batch_size": 32})) == {}
    assert earlier_times(tmp_path, preset("digits")) == {}
    assert mean_time([TrainingTime(1, 2), TrainingTime(3, 6)]) == TrainingTime(2, 4)


def test_a_short_piece_is_timed(tmp_path, monkeypatch) -> None:
    """Each method gets a time, also where an epoch is one step; what cannot be trained is one line with its name."""
    monkeypatch.setattr(plan_of_studies, "PIECE_SECONDS", 0.0)
    config = preset("digits").with_settings({"data.params": {"scenes": 40}, "training.epochs": 1})
    times = timed(study_file(config, TWO, 1, 1, tune=False, name="time"), tmp_path)
    assert [*times] == ["Any shared label (ANY)", "Binary cross-entropy"]
    assert all(time.epoch > 0 and time.around > 0 for time in times.values())
    rows = [f"{row}.5,{row % 3}.25,{','.join(f'{row:04b}')}" for row in range(1, 16)]
    (tmp_path / "apart.csv").write_text("\n".join(["x,y,a,b,c,d", *rows]))
    apart = preset("vectors").with_settings({"data.path": str(tmp_path / "apart.csv")})
    with pytest.raises(
        InputError, match=r"^apart, All labels equal \(ALL\): .* none of the 11 training items has a positive"
    ):
        timed(study_file(apart, ["rule:all_equal", "loss:bce"], 1, 1, tune=False, name="time"), tmp_path)
