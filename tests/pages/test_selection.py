"""Selection and switches on the Map page."""

import numpy as np

from dashboard.figures.wire import unpack
from tests.made_runs import ITEMS, made_run
from tests.pages.conftest import payloads, words


def cloud(app) -> tuple[dict, dict]:
    """Header and arrays of the page's cloud."""
    return unpack(payloads(app, "mlcl_cloud")[0])


def test_the_bar_says_and_ends_a_selection(opened, home) -> None:
    """Two items, one, none: said on the page and sent to the cloud; one becomes the anchor; clear ends it."""
    made_run(home, "finished")
    app = opened("map")
    assert "No selection" in words(app)
    assert not cloud(app)[0]["selection"]["on"]

    from dashboard import selection, state
    from dashboard.figures.selected import Chosen, History

    def choose(*rows: int) -> None:
        mask = np.isin(np.arange(ITEMS), rows)
        kept = {name: History(Chosen.of(mask, "table")) for name in [cloud(app)[0]["items"]]}
        app.session_state[state.SELECTION] = kept
        app.run()
        assert not app.exception

    assert selection.MAX_LISTS > 1
    choose(3, 7)
    header, arrays = cloud(app)
    assert np.flatnonzero(np.unpackbits(arrays["selected"], bitorder="little")).tolist() == [3, 7]
    assert f"2 of {ITEMS} selected" in words(app)
    assert not [button for button in app.button if button.key == "selection.anchor"]
    choose()
    assert f"none of {ITEMS} selected" in words(app)
    choose(9)
    app.button(key="selection.anchor").click().run()
    assert cloud(app)[0]["anchor_id"] == 9
    app.button(key="selection.clear").click().run()
    header, arrays = cloud(app)
    assert (header["selection"]["on"], "selected" in arrays) == (False, False)
    assert header["selection"]["undo"]


def test_switches_of_the_map(opened, home) -> None:
    """Names of labels come at first, neighbours when they are switched on, on Train as on Map."""
    made_run(home, "finished")
    app = opened("map")
    header, arrays = cloud(app)
    assert (header["show"]["names"], header["show"]["neighbours"], "near" in arrays) == (True, False, False)
    app.checkbox(key="view.neighbours").check().run()
    header, arrays = cloud(app)
    assert len(arrays["near"]) == 15
    assert "15 neighbours in the embedding" in header["show"]["near_words"]
    app.switch_page("../pages/train.py").run().run()  # the first run of a page brings widgets their kept values
    assert "near" in cloud(app)[1]
