"""The set-up form alone, as the tests of presets and losses fill it in."""

from typing import Any

from streamlit.testing.v1 import AppTest

from mlcl_core.engine.config import TrainConfig

FIELDS = ("number_input", "selectbox", "checkbox", "text_input", "toggle")


def opened_form() -> AppTest:
    """The form alone, with the configuration that Start would write in the session."""

    def content():
        import streamlit as st

        from dashboard.parts.train.run_setup import chosen_config, set_up_for
        from dashboard.parts.train.setup_form import show_setup

        if upload := st.session_state.pop("test.upload", None):
            set_up_for(*upload)
        show_setup(alive=False)
        st.session_state["test.config"] = chosen_config()[0]

    app = AppTest.from_function(content, default_timeout=60).run()
    assert not app.exception
    return app


def config_of(app: AppTest, refused: str = "") -> TrainConfig:
    """What Start would write; no exception reached the reader, and no error but the one that is expected."""
    assert not app.exception, [one.value for one in app.exception]
    assert len(app.error) == bool(refused)
    assert all(refused in one.value for one in app.error)
    return app.session_state["test.config"]


def fields(app: AppTest) -> dict[str, Any]:
    """The form's widgets by path, without preset, name and whose data."""
    found = {str(one.key).removeprefix("setup."): one for kind in FIELDS for one in getattr(app, kind)}
    return {path: one for path, one in found.items() if path not in ("preset", "name", "data.name", "data.path")}
