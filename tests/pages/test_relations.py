"""The Relations page under AppTest: no run, a finished run, a damaged one; alone and through the app."""

import json
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import state
from dashboard.figures.hand_batch import edited
from dashboard.figures.methods import method_names, method_record
from dashboard.figures.rule_cards import treatment_table, treatments
from dashboard.parts.relations import lab as page_lab
from dashboard.parts.relations import undo
from mlcl_core.losses import LOSSES
from mlcl_core.pairs import GROUPS, RULES
from mlcl_core.runs.numbered import numbered_path
from tests.pages.conftest import words
from tests.toy_run import NASTY, toy_run

PAGE = Path(__file__).parents[2] / "pages" / "relations.py"


@pytest.fixture
def run(home):
    """A run with watched items and two frames."""
    return toy_run(home)


def lab(**state):
    """The page after its first run."""
    app = AppTest.from_file(str(PAGE), default_timeout=60)
    for key, value in state.items():
        app.session_state[key] = value
    app.run()
    assert not app.exception
    return app


def component(app):
    """What the matrices component was given."""
    for element in app.main:
        found = _payload(element)
        if found:
            return found
    raise AssertionError("the matrices are not on the page")


def _payload(node):
    proto = getattr(node, "proto", None)
    if getattr(proto, "component_name", "") == "mlcl_matrices":
        return (
            json.loads(proto.mixed.json or proto.json)
            if proto.WhichOneof("data") == "mixed"
            else json.loads(proto.json)
        )
    for child in getattr(node, "children", {}).values():
        found = _payload(child)
        if found:
            return found
    return None


def test_it_opens_on_an_empty_store(home):
    """Without a run: the example with all relations, and no error."""
    app = lab()
    payload = component(app)
    assert [len(payload["items"]), len(payload["relation"])] == [8, 8]
    assert [method["title"] for method in payload["methods"]] == ["Similarity-dissimilarity", "Any shared label (ANY)"]
    assert not app.error


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_its_card(home, rule):
    """Title, formula, sentence and source come from the registry."""
    app = lab()
    app.selectbox(key=state.RELATIONS_RULE["A"]).set_value(rule).run()
    assert not app.exception
    assert RULES[rule].formula in [element.value.strip("$\n") for element in app.latex]
    assert RULES[rule].summary in words(app)
    assert RULES[rule].source in words(app)
    assert component(app)["methods"][0]["title"] == RULES[rule].title


def test_a_loss_of_another_form_stands_beside_a_rule(home):
    """Its card, its matrices, its own parameters; the placement lesson says that placement does not apply."""
    app = lab()
    app.selectbox(key=state.RELATIONS_RULE["A"]).set_value("hero").run()
    assert not app.exception
    assert LOSSES["hero"].summary in words(app)
    assert "of its own form" in words(app)
    before = component(app)["methods"][0]
    assert before["title"].startswith("Loss: ")
    app.selectbox(key=f"{state.RELATIONS_RULE['A']}.hero.variant").set_value("vggcpc").run()
    assert not app.exception
    assert component(app)["methods"][0]["refused"] is None


def test_parameters_of_a_rule_reach_the_weights(home):
    """The symmetric form of the factors makes a symmetric matrix."""
    app = lab()
    app.selectbox(key=f"{state.RELATIONS_RULE['A']}.similarity_dissimilarity.factors").set_value("symmetric").run()
    weight = np.array(component(app)["methods"][0]["weight"])
    np.testing.assert_allclose(weight, weight.T)


def test_a_refused_combination_is_said_beside_the_settings(home):
    """Jaccard with threshold 0 inclusive gives positives of weight 0: inside the logarithm that is refused."""
    app = lab()
    app.selectbox(key=state.RELATIONS_RULE["A"]).set_value("jaccard").run()
    app.toggle(key=f"{state.RELATIONS_RULE['A']}.jaccard.inclusive").set_value(True).run()
    app.selectbox(key=state.RELATIONS_PLACEMENT).set_value("inside").run()
    assert not app.exception
    assert "weight 0" in app.error[0].value
    assert component(app)["methods"][0]["refused"]


def test_the_placement_lesson_is_a_number(home):
    """The button puts the weights inside the logarithm: both differences become 0."""
    app = lab()
    assert [metric.value for metric in app.metric] != ["0", "0"]
    next(button for button in app.button if "inside the logarithm" in button.label).click().run()
    assert [metric.value for metric in app.metric] == ["0", "0"]
    assert app.selectbox(key=state.RELATIONS_PLACEMENT).value == "inside"


def edit(app, row, column):
    """Toggle a label as the browser does: apply the edit, as its callback would."""
    batch = app.session_state[state.RELATIONS_BATCH]
    rows = batch.labels.astype(int).copy()
    rows[row, column] = 1 - rows[row, column]
    app.session_state[state.RELATIONS_BATCH] = edited(
        batch, [{"id": item, "labels": line.tolist()} for item, line in zip(batch.ids, rows, strict=True)]
    )
    return app.run()


def carried(app):
    """The label sets in the browser."""
    return [item["labels"] for item in component(app)["items"]]


def press(app, key):
    """Click the button of a key."""
    return app.button(key=key).click().run()


def test_changed_settings_are_asked_about_and_come_back(home):
    """The lesson's button asks where a setting was chosen; No changes nothing, Yes can be undone."""
    app = lab()
    app.selectbox(key=state.RELATIONS_RULE["B"]).set_value("jaccard").run()
    press(app, "undo.show")
    assert app.selectbox(key=state.RELATIONS_PLACEMENT).value == "outside"
    press(app, "undo.leave")
    assert app.selectbox(key=state.RELATIONS_RULE["B"]).value == "jaccard"
    press(press(app, "undo.show"), "undo.set")
    assert [app.selectbox(key=key).value for key in state.RELATIONS_RULE.values()] == [
        "similarity_dissimilarity", "any_shared",
    ]  # fmt: skip
    assert component(app)["undo"].startswith("the settings of the lesson")
    press(app, "undo.lesson")
    assert app.selectbox(key=state.RELATIONS_RULE["B"]).value == "jaccard"
    assert app.selectbox(key=state.RELATIONS_PLACEMENT).value == "outside"


def test_an_edited_batch_is_not_replaced_unasked(home):
    """Another example, a draw: the edits stay until the question is answered, and No puts the fields back."""
    app = edit(lab(), 0, 2)
    mine = carried(app)
    app.selectbox(key=state.RELATIONS_EXAMPLE).set_value("single").run()
    assert carried(app) == mine
    assert "**One label each** instead?" in words(app)
    press(app, "undo.keep")
    assert carried(app) == mine
    assert app.selectbox(key=state.RELATIONS_EXAMPLE).value == "relations"
    assert "instead?" not in words(app)
    app.selectbox(key=state.RELATIONS_EXAMPLE).set_value("single").run()
    press(app, "undo.replace")
    assert carried(app) != mine
    assert component(app)["undo"] == "the choice of another batch"
    # the next edited batch is asked about again
    edit(app, 0, 2)
    app.selectbox(key=state.RELATIONS_EXAMPLE).set_value("relations").run()
    assert "**All five relations** instead?" in words(app)


def test_a_replaced_batch_comes_back(home, monkeypatch):
    """Undo restores labels and embeddings of the edited batch, and the fields that name its source."""
    app = edit(lab(), 0, 2)
    mine, cosine, key = carried(app), component(app)["cosine"], component(app)["batch"]
    app.selectbox(key=state.RELATIONS_EXAMPLE).set_value("single").run()
    press(app, "undo.replace")
    monkeypatch.setattr(undo, "undo_of", lambda _: {"batch": app.session_state[state.RELATIONS_BATCH].key})
    monkeypatch.setattr(page_lab, "show_settings", by_way_of(page_lab.show_settings, undo.take_undo))
    app.run()
    monkeypatch.undo()
    app.run()
    assert carried(app) == mine
    assert component(app)["cosine"] == cosine
    assert component(app)["batch"] != key  # the browser must not take it for a late answer
    assert app.selectbox(key=state.RELATIONS_EXAMPLE).value == "relations"
    assert "instead?" not in words(app)


def by_way_of(function, first):
    """A function that calls another one before, once."""
    left = [first]

    def called(*args, **options):
        while left:
            left.pop()()
        return function(*args, **options)

    return called


def test_a_run_that_is_not_there_leaves_an_edited_batch(home):
    """One sentence, and the edits stay."""
    app = edit(lab(), 0, 2)
    mine = carried(app)
    app.session_state[state.RELATIONS_SOURCE] = "run"
    app.run()
    assert "no run yet" in app.error[0].value.replace("\\", "")
    assert carried(app) == mine


def test_placement_is_asked_where_a_method_has_one(home):
    """Two losses of their own form: neither placement nor normalisation; one of them: whose placement it is."""
    app = lab()
    assert app.selectbox(key=state.RELATIONS_PLACEMENT).label == "Where the weight stands"
    app.selectbox(key=state.RELATIONS_RULE["A"]).set_value("hero").run()
    assert app.selectbox(key=state.RELATIONS_PLACEMENT).label == "Where the weight of B stands"
    app.selectbox(key=state.RELATIONS_RULE["B"]).set_value("strict").run()
    assert not [field for field in app.selectbox if field.key == state.RELATIONS_PLACEMENT]
    assert not app.radio
    assert LOSSES["strict"].positives in words(app)
    assert component(app)["methods"][1]["weight"]


def test_factors_come_with_the_methods_that_have_them(home):
    """Which of the two make a weight, and whose labels are S, go to the browser with the method."""
    first, second = component(lab())["methods"]
    assert (first["factors"], first["roles"]) == ("both", "anchor")
    assert (second["factors"], second["roles"]) == (None, None)


def test_all_methods_are_listed_by_group(home):
    """Under one heading a group, with a line and five computed weights each."""
    app = lab(**{"relations.methods": True})
    shown = words(app)
    for group in GROUPS.values():
        assert f"**{group.title.capitalize()}.** {group.summary}" in shown
    for name in method_names():
        assert f"| **{method_record(name).title}** | {method_record(name).positives} |" in shown
    assert "all labels that either has. | – | 1 | 0.333 | 0.5 | 0.5 |" in shown.replace("the labels", "all labels")


def test_anchors_without_positive_are_named(home):
    """The example of anchors without positives names items 1 and 2 under both rules."""
    app = lab()
    app.selectbox(key=state.RELATIONS_EXAMPLE).set_value("without").run()
    assert words(app).count("1, 2 (2 of 8)") == 2


def test_random_batches_are_seeded(home):
    """The button draws another one, a second session draws the same first one."""
    app, again = (lab(**{state.RELATIONS_SOURCE: "random"}) for _ in range(2))
    first = component(app)["items"]
    assert component(again)["items"] == first
    next(button for button in app.button if button.label == "Draw another batch").click().run()
    assert component(app)["items"] != first


def test_from_the_run(run):
    """Watched items with pictures, names and the newest frame's embeddings; user text stays text."""
    payload = component(lab(**{state.RELATIONS_SOURCE: "run"}))
    assert len(payload["items"]) == 8
    assert all(item["picture"].startswith("data:image/png;base64,") for item in payload["items"])
    assert payload["items"][0]["title"].startswith("item ")
    assert "step 50" in payload["similarity_note"]
    assert payload["max_items"] == 8
    assert NASTY in payload["labels"]


def test_the_run_at_the_step_of_the_timeline(run):
    """A step between two frames shows the one before it."""
    assert "step 0" in component(lab(**{state.RELATIONS_SOURCE: "run", state.STEP: 30}))["similarity_note"]


def test_from_a_run_that_is_not_there(home):
    """One sentence beside the choice, and the example remains on the page."""
    app = lab(**{state.RELATIONS_SOURCE: "run"})
    assert "no run yet" in app.error[0].value.replace("\\", "")
    assert len(component(app)["items"]) == 8


def test_from_a_run_whose_frame_is_damaged(run):
    """A truncated frame: one sentence, no traceback."""
    path = numbered_path(run.path / "frames", 50)
    path.write_bytes(path.read_bytes()[:40])
    app = lab(**{state.RELATIONS_SOURCE: "run"})
    assert app.error
    assert len(component(app)["items"]) == 8


def test_it_opens_through_the_app(opened):
    """The navigation of dashboard/app.py leads here."""
    assert component(opened("relations"))["methods"]


def with_formula(**state_values):
    """The page with the user's own formula as rule A."""
    app = lab(**state_values)
    return app.selectbox(key=state.RELATIONS_RULE["A"]).set_value("formula").run()


EXPRESSION = f"{state.RELATIONS_RULE['A']}.formula.expression"


def test_a_formula_reaches_the_weights(home):
    """Typed as a formula, similarity-dissimilarity has the same weights; its line is under the settings."""
    built_in = component(lab())["methods"][0]["weight"]
    app = with_formula()
    assert [line.label for line in app.text_input] == ["Method A: expression"]
    app.text_input(key=EXPRESSION).set_value("both / s / (1 + only_t)").run()
    assert not app.exception
    assert not app.error
    np.testing.assert_allclose(component(app)["methods"][0]["weight"], built_in, atol=1e-6)


def test_a_formula_that_weighs_labels_says_how_much(home):
    """The line under the settings has each label's weight, by the items of the page; the pair's words get them too."""
    app = with_formula()
    assert not [caption.value for caption in app.caption if "In `rare`" in caption.value]
    app.text_input(key=EXPRESSION).set_value("rare / either").run()
    assert not app.exception
    assert not app.error
    (line,) = [caption.value for caption in app.caption if "In `rare` labels weigh" in caption.value]
    assert "of the 8 items here carry each" in line
    weights = component(app)["methods"][0]["label_weights"]
    assert sum(weights) / len(weights) == pytest.approx(1)
    assert all(f"{label} {weight:.3g}" in line for label, weight in zip(component(app)["labels"], weights, strict=True))


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("both / foo", "Method A: formula: column 8: unknown name 'foo'; there are: s, t, both"),
        ("both /", "Method A: formula: column 7: the formula breaks off"),
        ("__import__('os')", 'Method A: formula: column 12: "\'" cannot stand in a formula'),
        ("", "Method A: formula: it is empty"),
        ("<b>s</b>", "Method A: formula: column 1"),
    ],
)
def test_a_mistake_in_a_formula_is_a_sentence_under_it(home, typed, sentence):
    """No traceback: a sentence with the column, the other rule remains, and a corrected formula works at once."""
    app = with_formula()
    app.text_input(key=EXPRESSION).set_value(typed).run()
    assert not app.exception
    assert sentence in app.error[0].value.replace("\\", "")
    assert component(app)["methods"][0]["refused"]
    assert component(app)["methods"][1]["weight"]
    app.text_input(key=EXPRESSION).set_value("both").run()
    assert not app.error
    assert component(app)["methods"][0]["weight"]


def test_a_formula_that_divides_by_zero_says_so(home):
    """How many pairs, the first with its sets, what to write; the advice clears the line."""
    app = with_formula()
    app.text_input(key=EXPRESSION).set_value("both / only_t").run()
    (line,) = [one.value.replace("\\", "") for one in app.caption if "by zero" in one.value]
    assert "13 of the 34 pairs that may be positive divide by zero (`only_t`)" in line
    assert "first anchor 1 {sky, sea} with 2 {sky, sea}" in line
    assert "`max(only_t, 1)`" in line
    assert not app.error
    app.text_input(key=EXPRESSION).set_value("both / max(only_t, 1)").run()
    assert "by zero" not in words(app)


def test_two_formulas_side_by_side(home):
    """Rule A and rule B each have their own line."""
    app = with_formula()
    app.selectbox(key=state.RELATIONS_RULE["B"]).set_value("formula").run()
    app.text_input(key=EXPRESSION.replace("rule_a", "rule_b")).set_value("both").run()
    first, second = component(app)["methods"]
    assert first["weight"] != second["weight"]


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES)
def test_the_card_says_when_a_rule_helps_and_what_it_does(home, rule):
    """When to use it, its edge cases, and a row for each relation, computed by the rule."""
    app = lab()
    app.selectbox(key=state.RELATIONS_RULE["A"]).set_value(rule).run()
    assert not app.exception
    shown = words(app)
    assert RULES[rule].when_to_use in shown
    assert RULES[rule].edge_cases in shown
    assert treatment_table(treatments(rule, {})) in shown


def test_the_card_follows_the_parameters(home):
    """The table follows the parameters on the page; a refused rule has none."""
    app = with_formula()
    app.text_input(key=EXPRESSION).set_value("4 * both").run()
    assert "| same labels | {a, b} | yes | 8 |" in words(app)
    app.text_input(key=EXPRESSION).set_value("4 *").run()
    assert words(app).count("beside S = {a, b}") == 1


@pytest.mark.slow
@pytest.mark.parametrize("record", LOSSES.values(), ids=LOSSES)
def test_every_loss_has_its_card(home, record):
    """Title, formula, sentences and source come from the registry; experimental losses are marked."""
    app = lab()
    shown = words(app)
    assert record.formula in [element.value.strip("$\n") for element in app.latex]
    for text in (record.title, record.summary, record.when_to_use, record.edge_cases, record.source):
        assert text in shown
    line = next(one.value for one in app.markdown if f"`{record.name}`" in one.value)
    assert ("experimental" in line) is record.experimental
