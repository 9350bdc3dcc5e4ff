"""A run evaluated after its training: what is reported and kept, and what is refused."""

import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from mlcl_core.engine.measure import encode
from mlcl_core.errors import InputError
from mlcl_core.evaluation import PROTOCOLS, Evaluated, best_moment, items_as_given, plain, report, with_thresholds
from mlcl_core.metrics import (
    FINAL_METRICS,
    SPACE_METRICS,
    Conventions,
    Predictions,
    evaluate_predictions,
    space_metrics,
    thresholds_on_validation,
)
from mlcl_core.options import declared_options
from mlcl_core.runs.evaluate import asked, evaluate_run
from mlcl_core.runs.evaluations import evaluation_path, read_evaluation
from mlcl_core.runs.files import write_json
from mlcl_core.runs.opened_run import open_run
from mlcl_core.runs.run import Run
from mlcl_core.runs.store import Store
from tests.engine.toy import toy_config, toy_data
from tests.trained_runs import vectors_run

FEW = {"resamples": 100}


def ended(run: Run, state: str = "finished", step: int = 12) -> Run:
    """The run with another status."""
    write_json(run.path / "status.json", asdict(replace(run.written_status(), state=state, step=step, total=12)))
    return run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A trained run."""
    return ended(vectors_run(tmp_path_factory.mktemp("home")))


@pytest.fixture
def copy(run: Run, tmp_path: Path) -> Run:
    """A copy of it to damage, without evaluations."""
    shutil.copytree(run.path, tmp_path / "runs" / run.id, ignore=shutil.ignore_patterns("evaluation"))
    return Run(tmp_path / "runs" / run.id)


@pytest.mark.parametrize(("protocol", "options"), [("probe", {}), ("knn", {"k": 5}), ("finetune", {"epochs": 1})])
def test_the_best_checkpoint_is_reported(run: Run, protocol: str, options: dict[str, int]) -> None:
    """Numbers are those of the protocol on the best moment; the untrained encoder and the items stand beside them."""
    told: list[str] = []
    found = evaluate_run(run, protocol, {**FEW, **options}, lambda done, of, phase: told.append(phase))
    opened = open_run(run)
    begun = {name: value.clone() for name, value in opened.network.state_dict().items()}
    moment = best_moment(opened.network, opened.states([6, 12]), opened.data, opened.device)
    assert (found["step"], found["moments"]) == (moment.step, {str(s): q for s, q in moment.qualities.items()})

    def numbers(evaluated: Evaluated) -> dict[str, float]:
        return plain(evaluate_predictions(evaluated.test))

    trained = PROTOCOLS[protocol].run(opened.network, opened.data, opened.device, options)
    assert {name: one["value"] for name, one in found["metrics"].items()} == numbers(trained)
    assert found["chosen"] == trained.chosen
    seen = encode(opened.network, opened.data, opened.data.indices("test"), opened.device)
    y = opened.data.labels[opened.data.indices("test")]
    assert found["space"]["trained"] == space_metrics(seen.h, seen.z, y)
    assert found["space"]["untrained"].keys() == SPACE_METRICS.keys()
    assert found["space"]["items_as_given"].keys() == {"neighbour_ndcg", "neighbour_purity"}
    opened.network.load_state_dict(begun)
    assert found["untrained"] == numbers(PROTOCOLS[protocol].run(opened.network, opened.data, opened.device, options))
    given = items_as_given(opened.data)
    assert given is not None
    assert (found["items_as_given"] == numbers(given)) == (protocol != "knn")
    assert {"opening the run", f"{protocol}: trained", f"{protocol}: untrained", "items as given"} <= set(told)
    kept = read_evaluation(run, protocol)
    assert kept is not None
    assert kept.model_dump()["metrics"] == found["metrics"]
    assert json.loads(evaluation_path(run, protocol).read_text()) == found


def test_values_lie_in_their_intervals(run: Run) -> None:
    """Every metric has a value, ends around it and the number of resamples; ranked ones have fewer."""
    found = evaluate_run(run, "probe", {"resamples": 2_000})
    assert list(found["metrics"]) == list(FINAL_METRICS)
    for name, one in found["metrics"].items():
        assert one["low"] <= one["value"] <= one["high"]
        assert one["resamples"] == (200 if FINAL_METRICS[name].weighted else 2_000)
        assert one["method"] == "bca" or one["low"] == one["high"] or one["method"] == "percentile"
    assert found == evaluate_run(run, "probe", {"resamples": 2_000})
    other = evaluate_run(run, "probe", {"resamples": 2_000, "resampling_seed": 1})
    assert other["metrics"]["micro_f1"]["value"] == found["metrics"]["micro_f1"]["value"]
    assert other["metrics"]["micro_f1"] != found["metrics"]["micro_f1"]


def test_a_threshold_for_each_label(run: Run) -> None:
    """Chosen on validation items for the trained encoder and those beside it; rankings stay, F1 is that of the list."""
    one, each = (evaluate_run(run, "probe", {**FEW, "thresholds": kind}) for kind in ("one", "per_label"))
    opened = open_run(run)
    best_moment(opened.network, opened.states([6, 12]), opened.data, opened.device)
    evaluated = PROTOCOLS["probe"].run(opened.network, opened.data, opened.device)
    choice = thresholds_on_validation(evaluated.validation, "per_label")
    assert each["chosen"] == {**one["chosen"], "threshold": choice.value.tolist(), "thresholds": choice.words}
    expected = evaluate_predictions(choice.on(evaluated.test))
    assert {name: value["value"] for name, value in each["metrics"].items()} == expected
    for beside in ("untrained", "items_as_given"):
        assert each[beside]["map"] == one[beside]["map"]
        assert each[beside]["macro_f1"] != one[beside]["macro_f1"]


def test_a_label_without_a_test_item_is_named() -> None:
    """It is left out of macro-F1, said and named with how many labels that covers; it counts where asked for."""
    data = toy_data()
    labels = data.labels[data.indices("test")].numpy().copy()
    labels[:, 1] = False
    seen = Predictions(labels, labels * 0.9 + 0.05, 0.5)
    evaluated = Evaluated(seen, seen, {"threshold": 0.5})
    found = report(evaluated, data, resamples=100)
    assert found["labels"]["absent"] == ["label 1"]
    assert found["labels"]["words"].startswith("2 of 3 labels are carried by some test item")
    assert found["metrics"]["macro_f1"]["value"] == 1
    assert found["per_label"]["f1"][1] is None
    assert found["optimistic_on_test"]["words"].startswith("Optimistic")
    strict = report(evaluated, data, Conventions(absent="scikit_learn"), resamples=100)
    assert strict["metrics"]["macro_f1"]["value"] == pytest.approx(2 / 3)
    assert strict["conventions"]["absent"] == "scikit_learn"
    assert any("as in scikit-learn" in words for words in strict["conventions"]["words"])


def test_settings_have_names_of_their_own() -> None:
    """No option of a protocol is called as a convention or as an option of the intervals."""
    others = {**declared_options(Conventions), **declared_options(report), **declared_options(with_thresholds)}
    for protocol in PROTOCOLS.values():
        assert not protocol.options.keys() & others.keys()
    wanted = asked("knn", {"k": 3, "absent": "torchmetrics", "resamples": 200})
    assert wanted.options == {"k": 3, "temperature": 0.0}
    assert wanted.conventions["absent"] == "torchmetrics"
    assert wanted.drawing == {"resamples": 200, "resampling_seed": 0}


def test_what_is_refused(run: Run, copy: Run) -> None:
    """Unknown protocols and settings, values out of range, a run under way, and one without a checkpoint."""
    for protocol, settings, words in (
        ("svm", {}, "there is no protocol 'svm'; there are: probe, knn, finetune"),
        ("probe", {"k": 3}, "mlcl evaluate --protocol probe has no option k"),
        ("knn", {"k": -1}, "k is -1; it must be a whole number from 0"),
        ("probe", {"ties": "random"}, "ties is 'random'; it must be one of"),
        ("probe", {"resamples": 10}, "resamples is 10"),
    ):
        with pytest.raises(InputError, match=words):
            evaluate_run(run, protocol, settings)
    with pytest.raises(InputError, match="has no checkpoint"):
        evaluate_run(ended(Store(copy.path.parents[1]).create(toy_config())))
    for path in copy.path.glob("checkpoints/*.safetensors"):
        path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(InputError, match=r"has no whole checkpoint: .* at step 12 is damaged"):
        evaluate_run(copy)
    assert not evaluation_path(copy, "probe").exists()


def test_a_run_under_way_is_refused(copy: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its best checkpoint is not known yet."""
    status = copy.status()
    monkeypatch.setattr(Run, "status", lambda run: replace(status, state="running"))
    with pytest.raises(InputError, match="is running; it is evaluated when it has ended"):
        evaluate_run(copy)


def test_changed_data_are_refused(copy: Run, tmp_path: Path) -> None:
    """As at a resume: what changed is said, and nothing is kept."""
    file = Path(str(copy.config().data.path))
    before = file.read_bytes()
    arrays = dict(np.load(file))
    arrays["X"][0, 0] += 1
    try:
        np.savez(file, **arrays)
        with pytest.raises(InputError, match="its data changed"):
            evaluate_run(copy)
    finally:
        file.write_bytes(before)
    assert not evaluation_path(copy, "probe").exists()


def test_a_damaged_checkpoint_is_passed_over(copy: Run) -> None:
    """The others are judged, and it is said."""
    (copy.path / "checkpoints" / "00000012.safetensors").write_bytes(b"")
    found = evaluate_run(copy, "probe", FEW)
    assert found["step"] == 6
    assert "the checkpoint at step 12 is damaged" in found["said"][0]


def test_a_file_of_another_program_is_told(copy: Run) -> None:
    """A damaged or foreign evaluation is an error that names the file; without one there is None."""
    assert read_evaluation(copy, "probe") is None
    path = evaluation_path(copy, "probe")
    write_json(path, {"schema_version": 2})
    with pytest.raises(InputError, match=r"probe\.json: schema_version"):
        read_evaluation(copy, "probe")
    path.write_bytes(b"{")
    with pytest.raises(InputError, match=r"probe\.json"):
        read_evaluation(copy, "probe")


def test_the_network_is_untrained_at_first(run: Run) -> None:
    """The numbers beside the trained encoder's are those of the weights at step 0."""
    opened = open_run(run)
    begun = {name: value.clone() for name, value in opened.network.state_dict().items()}
    opened.load(0)
    assert all(torch.equal(value, begun[name]) for name, value in opened.network.state_dict().items())
