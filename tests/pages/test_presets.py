"""The set-up form: a preset sets its fields; changes are marked, and can be undone or kept for the next preset."""

from itertools import permutations
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.parts.fields.config_field import value_of
from dashboard.parts.train.loss_fields import MOMENTUM
from dashboard.parts.train.owned_params import is_owned
from dashboard.parts.train.run_setup import settings_paths
from mlcl_core.engine.presets import OWN_PRESETS, PRESETS, preset
from tests.pages.setup_form import config_of, fields, opened_form


@pytest.fixture
def form(home) -> AppTest:
    """The form alone."""
    return opened_form()


def as_a_browser_shows(app: AppTest, before: dict[str, tuple[str, Any]]) -> dict[str, tuple[str, Any]]:
    """Identity and value of each field in a browser: it keeps what it held unless told, whatever the default is."""
    shown = {}
    for path, one in fields(app).items():
        proto = one.proto
        told = proto.set_value or path not in before or before[path][0] != proto.id
        shown[path] = (proto.id, one.value if told else before[path][1])
    return shown


def other_value(one: Any) -> Any:
    """A value that the field does not have."""
    if one.type == "selectbox":
        return next(choice for choice in one.options if choice != one.options[one.index or 0])
    if one.type == "number_input":
        return one.value + 1 if one.value + 1 <= one.proto.max else one.value / 2 or one.proto.max / 2
    return not one.value if isinstance(one.value, bool) else "both / max(s, t)"


@pytest.mark.slow
def test_any_preset_after_any_other_is_itself(form: AppTest) -> None:
    """All ordered pairs in one walk: Start would write the preset exactly, and a browser shows its values."""
    pairs = list(permutations(PRESETS, 2))
    here, walk = form.selectbox(key="setup.preset").value, []
    while pairs:  # any next pair that goes on from here; a jump where none is left
        step = next((pair for pair in pairs if pair[0] == here), pairs[0])
        walk += [step[0]] * (step[0] != here) + [step[1]]
        pairs.remove(step)
        here = step[1]
    shown = as_a_browser_shows(form, {})
    for name in walk:
        form.selectbox(key="setup.preset").set_value(name).run()
        assert config_of(form) == preset(name)
        shown = as_a_browser_shows(form, shown)
        wrong = {path: kept for path, (_, kept) in shown.items() if kept != fields(form)[path].value}
        assert not wrong, f"a browser would still show {wrong} under {name}"


def begins_anew(path: str, name: str) -> bool:
    """Whether no preset before this one shows the field at the same value."""
    if is_owned(path):  # every preset has the same rule, sampler and loss, with their defaults
        return name == next(iter(PRESETS))
    of_pretrained = path.startswith(("pretrained.", "model.encoder"))
    before = list(PRESETS)[: list(PRESETS).index(name)]
    shown = [preset(one) for one in before if not of_pretrained or preset(one).pretrained.name is not None]
    return all(value_of(one, path) != value_of(preset(name), path) for one in shown)


@pytest.mark.slow
@pytest.mark.parametrize("name", PRESETS)
def test_each_change_is_marked_and_can_be_put_back(form: AppTest, name: str) -> None:
    """Every field in turn, at each value of the presets: changed, its title says that; put back, all is as it was.

    The settings of a momentum encoder go together: one of them alone is refused in a line.
    """
    form.selectbox(key="setup.preset").set_value(name).run()
    typed = {path for path, one in fields(form).items() if one.type == "selectbox" and len(one.options) < 2}
    assert typed <= {"pretrained.name"}  # what AppTest can't type: the next test
    for path in filter(lambda path: begins_anew(path, name), set(fields(form)) - typed):
        one = fields(form)[path]
        one.set_value(other_value(one)).run()
        assert config_of(form, "momentum" if path in MOMENTUM else "") != preset(name), path
        assert "(preset " in fields(form)[path].label, path
        assert sum("(preset " in field.label for field in fields(form).values()) == 1
        form.button(key=f"setup/back/{path}").click().run()
        assert config_of(form) == preset(name), path
        assert not any("(preset " in field.label for field in fields(form).values())


def test_a_typed_encoder_is_a_change(home) -> None:
    """A name that is typed into the choice of encoders: written, named among the changes, put back."""

    def content():
        import streamlit as st

        from dashboard.parts.train.run_setup import change_words, chosen_config, put_back

        st.session_state.setdefault("setup.preset", "movies")
        seen = st.session_state.setdefault("seen", [])
        for act in (None, "type", "back"):
            if act == "type":
                st.session_state["setup.pretrained.name"] = "hf:owner/name"
            elif act == "back":
                put_back(["pretrained.name"])
            seen.append((chosen_config()[0].pretrained.name, change_words()))

    app = AppTest.from_function(content, default_timeout=60).run()
    assert not app.exception
    seen = [(name, words.replace("\\", "").replace("\u2060", "")) for name, words in app.session_state["seen"]]
    assert seen == [
        ("minilm", ""),
        ("hf:owner/name", "; changed: pretrained encoder hf:owner/name"),
        ("minilm", ""),
    ]


@pytest.mark.parametrize("kind", OWN_PRESETS)
def test_after_an_upload(form: AppTest, kind: str) -> None:
    """An upload sets the form for its kind; a preset chosen then is itself, whatever was changed before."""
    form.number_input(key="setup.loss.temperature").set_value(0.5).run()
    form.session_state["test.upload"] = ("2024", kind)
    form.run()
    own = preset(OWN_PRESETS[kind])
    for field in fields(form).values():
        assert "(preset " not in field.label
    assert config_of(form).model_copy(update={"data": own.data}) == own
    for name in PRESETS:
        form.selectbox(key="setup.preset").set_value(name).run()
        assert config_of(form) == preset(name)


def test_several_changes_are_put_back_at_once(form: AppTest) -> None:
    """All of them by one button: a number, a rule's own parameter, a switch."""
    form.number_input(key="setup.training.epochs").set_value(7).run()
    form.selectbox(key="setup.rule.similarity_dissimilarity.factors").set_value("similarity").run()
    form.checkbox(key="setup.maps.umap").set_value(False).run()
    config = config_of(form)
    assert (config.training.epochs, config.maps.umap) == (7, False)
    assert config.loss.rule_params == {"factors": "similarity"}
    form.button(key="setup/back").click().run()
    assert config_of(form) == preset("icons")


def test_changes_go_along_on_purpose_only(form: AppTest) -> None:
    """Another preset drops them and says so; one click takes them along; the next preset drops them again."""
    form.number_input(key="setup.loss.temperature").set_value(0.5).run()
    form.selectbox(key="setup.preset").set_value("digits").run()
    assert config_of(form) == preset("digits")
    assert any("Changed under icons: Temperature 0.5" in one.value for one in form.caption)
    form.button(key="setup/keep").click().run()
    assert config_of(form) == preset("digits").with_settings({"loss.temperature": 0.5})
    form.selectbox(key="setup.preset").set_value("movies").run()
    assert config_of(form) == preset("movies")


def test_another_rule_has_its_own_parameters(form: AppTest) -> None:
    """What was changed of one rule's parameters is not written under another rule."""
    form.selectbox(key="setup.rule.similarity_dissimilarity.factors").set_value("similarity").run()
    form.selectbox(key="setup.loss.rule").set_value("jaccard").run()
    assert config_of(form) == preset("icons").with_settings({"loss.rule": "jaccard"})


def test_fields_of_the_form_are_settings(form: AppTest) -> None:
    """Each widget stands for a setting of the configuration, or a parameter of a rule, sampler or loss."""
    for path in fields(form):
        assert path in settings_paths() or is_owned(path), path
