"""Run by tests/test_one_file_one_line.py in a copy that holds the examples of CONTRIBUTING.md: they are at work."""

import json
import time

import pytest

import mlcl_core
from dashboard import state
from mlcl_core import cli
from mlcl_core.runs.run import Run
from mlcl_core.runs.store import Store

SETTINGS = {
    "loss.rule": "mostly_shared",
    "loss.rule_params.share": 0.25,
    "loss.logit": "brier",
    "training.sampler": "independent",
    "maps.umap": False,
    "maps.plane": 3,
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run of the preset with the rule, the loss and the sampler, trained by `mlcl`."""
    home = tmp_path_factory.mktemp("trained")
    changes = [part for path, value in SETTINGS.items() for part in ("--set", f"{path}={json.dumps(value)}")]
    assert cli.main(["train", "digits-quick", "--home", str(home), "--name", "toy", *changes]) == 0
    return Store(home).run("toy")


def test_this_is_the_copy() -> None:
    """The packages under test are those beside this file."""
    assert __file__.startswith(mlcl_core.__path__[0].removesuffix("mlcl_core"))


def test_mlcl_trains_with_them(trained: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """`mlcl show`: the configuration that was asked for, the metric of the last frame; every frame has its map."""
    assert cli.main(["show", "toy", "--home", str(trained.path.parents[1]), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    config = shown["config"]
    assert config["preset"] == "digits-quick"
    assert (config["loss"]["rule"], config["loss"]["rule_params"]) == ("mostly_shared", {"share": 0.25})
    assert (config["loss"]["logit"], config["training"]["sampler"]) == ("brier", "independent")
    assert 0 <= shown["metrics"]["top_match"] <= 1
    end = time.monotonic() + 60
    while trained.map_steps("random_plane") != trained.frame_steps():
        assert time.monotonic() < end, (trained.path / "log.txt").read_text()
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("wrong", "known"),
    [
        ({"loss.rule": "none"}, "mostly_shared"),
        ({"loss.logit": "none"}, "brier"),
        ({"training.sampler": "none"}, "independent"),
        ({"loss.rule_params.none": 1}, "share"),
        ({"maps.none": 1}, "random_plane"),
    ],
)
def test_errors_name_them(wrong: dict, known: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What there is instead of a wrong name."""
    ((path, value),) = {**wrong}.items()
    given = ["train", "digits-quick", "--set", "loss.rule=mostly_shared", "--set", f"{path}={value}"]
    assert cli.main(given) == 2
    assert known in capsys.readouterr().err


def test_the_form_offers_them(opened) -> None:
    """Preset, rule with its parameter, loss, sampler, and the switch of the map."""
    app = opened("train")
    app.session_state["train.panel"] = "New run"
    app.run()
    select = {one.key: one for one in app.selectbox}
    assert "digits-quick" in "".join(select[state.setting("preset")].options)
    for path, title in (("loss.rule", "Mostly shared labels"), ("training.sampler", "Independent batches")):
        assert title in select[state.setting(path)].options
    assert any("Brier score" in one.options for one in app.selectbox)
    assert app.checkbox(key=state.setting("maps.random_plane")).label == "Random plane map beside PCA"
    app.selectbox(key=state.setting("loss.rule")).select("mostly_shared").run()
    assert not app.exception
    assert app.number_input(key=state.setting("rule.mostly_shared.share")).value == 0.5


def test_the_pages_show_them(opened, trained: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The map and the metric on Train, the lesson on Learn, the page in the menu."""
    monkeypatch.setenv("MLCL_HOME", str(trained.path.parents[1]))
    app = opened("train")
    assert "Nearest item matches" in app.selectbox(key=state.METRIC).options
    assert "Random plane" in "".join(str(one.options) for one in app.get("button_group"))
    app.session_state[state.MAP] = "random_plane"
    app.selectbox(key=state.METRIC).select("top_match").run()
    assert not app.exception
    app = opened("learn")
    assert any("A sample of the items" in one.value for one in app.markdown)
    app.button(key="learn.begin.watched_sample").click().run()
    assert not app.exception
    assert any("**300** icons" in one.value for one in app.markdown)
    assert opened("census").metric[0].value == "3"  # beside the two recorded runs
