"""Configurations of earlier versions: read, changed by their old keys, and worth the same numbers."""

import json
from pathlib import Path

import pytest

from mlcl_core.data import DATASETS
from mlcl_core.engine.config import TrainConfig, config_from_json, parse_config
from mlcl_core.engine.schema import RENAMED, SHIPPED, VERSION
from mlcl_core.errors import InputError

ROOT = Path(__file__).parents[2]
WRITTEN = sorted(
    [*ROOT.glob("tests/homes/*/runs/*/config.json"), *ROOT.glob("mlcl_core/demo_runs/samples/*/config.json")]
)


def leaf(tree: dict, path: str):
    """The value at ``section.key``."""
    section, key = path.split(".")
    return tree[section][key]


def test_there_are_configurations_of_version_1():
    """The proofs below have something to read."""
    versions = [json.loads(path.read_text())["schema_version"] for path in WRITTEN]
    assert versions.count(1) >= 4


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.parent.name)
def test_a_file_of_version_1_keeps_its_values(path: Path):
    """Every value that was written is there under its name of today, and the version is today's."""
    told: list[tuple[str, str]] = []
    tree = json.loads(path.read_text())
    read = json.loads(config_from_json(path.read_text(), on_rename=lambda *names: told.append(names)).to_json())
    assert read["schema_version"] == VERSION
    assert dict(told) == RENAMED
    for given, now in RENAMED.items():
        assert leaf(read, now) == leaf(tree, given)
        section, key = given.split(".")
        assert key not in read[section]
        del tree[section][key], read[now.split(".")[0]][now.split(".")[1]]
    # a map that joins the registry brings fields of its own, which a file of version 1 cannot name
    # and the shipped sets are split as they were, whatever the method; views are drawn as they were
    assert read["data"].pop("split_method") == "exact"
    assert read["training"].pop("view_draw") == "sequential"
    # later settings, at their defaults
    assert (read["training"].pop("graph"), read["training"].pop("compile")) == ("auto", False)
    assert (read["watch"].pop("checkpoint_mb"), read["data"].pop("train_share")) == (2000, 1.0)
    assert read["watch"].pop("tracker") is None
    read["maps"] = {key: value for key, value in read["maps"].items() if key in tree["maps"]}
    assert {**tree, "schema_version": VERSION} == read


@pytest.mark.parametrize(("given", "now"), RENAMED.items())
def test_an_old_key_in_set_is_the_new_one(given: str, now: str):
    """The same configuration, and one call with both names."""
    told: list[tuple[str, str]] = []
    value = leaf(TrainConfig().model_dump(), now) * 2 or 64
    value = 2 if now == "model.num_downsamples" else value
    changed = TrainConfig().with_settings({given: str(value)}, lambda *names: told.append(names))
    assert changed == TrainConfig().with_settings({now: value})
    assert told == [(given, now)]
    section, key = given.split(".")
    assert parse_config({section: {key: value}}) == changed  # a file without a version


@pytest.mark.parametrize("read", [parse_config, lambda tree: TrainConfig().with_settings({"loss.queue": 1, **tree})])
def test_both_names_at_once_are_refused(read):
    """Which of two values is meant cannot be known."""
    tree = {"loss": {"queue": 1, "queue_size": 2}} if read is parse_config else {"loss.queue_size": 2}
    with pytest.raises(InputError, match=r"loss\.queue is called loss\.queue_size; only one of them can be given$"):
        read(tree)


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize(
    "data", [{"name": "file", "path": "a.csv"}, {"name": "my films"}, {"path": "hf:owner/name"}, {"name": "features"}]
)
def test_files_of_earlier_versions_keep_their_way_to_split(version: int, data: dict):
    """A run that began with iterative stratification sees the same split when it is resumed or branched."""
    config = parse_config({"schema_version": version, "data": data})
    assert config.data.split_method == "iterative"
    assert config.with_settings({"training.epochs": 3}).data.split_method == "iterative"
    assert config_from_json(config.to_json()) == config
    assert parse_config({"data": data}).data.split_method == "exact"
    assert parse_config({"schema_version": VERSION, "data": data}).data.split_method == "exact"
    chosen = {"schema_version": version, "data": {**data, "split_method": "exact"}}
    assert parse_config(chosen).data.split_method == "exact"


@pytest.mark.parametrize("tree", [{}, {"data": {}}, {"data": {"name": "movies"}}, {"data": {"seed": 3}}])
def test_shipped_sets_have_one_split(tree: dict):
    """They are split as ever: a run of version 2 differs from its preset in the draw of its views alone."""
    assert set(SHIPPED) <= set(DATASETS)
    now = parse_config(tree).with_settings({"training.view_draw": "sequential"})
    assert parse_config({"schema_version": 2, **tree}) == now


@pytest.mark.parametrize("version", [1, 2, 3])
def test_runs_of_earlier_versions_keep_their_draw_of_views(version: int):
    """A run that drew its views one after the other goes on so when it is resumed or branched; new ones do not."""
    for tree in ({}, {"training": {"epochs": 3}}):
        config = parse_config({"schema_version": version, **tree})
        assert config.training.view_draw == "sequential"
        assert config.with_settings({"training.epochs": 4}).training.view_draw == "sequential"
        assert config_from_json(config.to_json()) == config
        assert parse_config(tree).training.view_draw == "counter"
        assert parse_config({"schema_version": VERSION, **tree}).training.view_draw == "counter"
    chosen = {"schema_version": version, "training": {"view_draw": "counter"}}
    assert parse_config(chosen).training.view_draw == "counter"
    with pytest.raises(InputError, match=r"training is \[\]: input should be"):
        parse_config({"schema_version": version, "training": []})


@pytest.mark.parametrize("version", [VERSION + 1, 0, -1, True, "1", None])
def test_other_versions_are_refused(version: object):
    """A version to come, or none at all, is one clear line."""
    with pytest.raises(InputError, match=r"^configuration: schema_version is ") as refused:
        parse_config({"schema_version": version, "a key to come": 1})
    assert ("a later version of MLCL Lab wrote it" in str(refused.value)) == (version == VERSION + 1)
