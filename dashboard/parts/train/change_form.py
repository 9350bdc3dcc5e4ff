"""Settings of a run that trains; a change holds from the step at which the worker acknowledges it."""

from typing import Any

import streamlit as st

from dashboard import loaders
from dashboard.access import require_teacher
from dashboard.figures.formatting import escaped
from dashboard.parts.fields.config_field import number_of
from dashboard.parts.fields.number_field import use_rungs
from mlcl_core.engine.config import TrainConfig
from mlcl_core.errors import InputError
from mlcl_core.runs import control
from mlcl_core.runs.run import Run

NOTICE = "change.notice"


def show_change(run: Run) -> None:
    """Temperature and learning rate of a run that trains."""
    now = loaders.config_at(run, None)
    st.caption(
        f"In force now: temperature {now.loss.temperature:g}, peak learning rate {now.optimiser.learning_rate:g}. "
        "A change is taken over at the next step and marked ★ on the timeline."
    )
    with st.form("change.form", border=False):
        changed = change_fields(now, "change", run.id)
        if st.form_submit_button("Apply at the next step", icon=":material/tune:"):
            try:
                require_teacher()
                if changed:
                    control.request(run, "set", settings=changed)
                    st.success("Requested. The run bar says at which step it was taken over.")
                else:
                    st.info("Nothing was changed.")
            except (InputError, OSError) as error:
                st.error(escaped(str(error)), icon=":material/error:")
    use_rungs("change")


def change_fields(now: TrainConfig, prefix: str, suffix: str) -> dict[str, Any]:
    """Fields of the settings that may change while a run trains; returns those that were changed, by path.

    Args:
        now: The settings in force, which the fields begin with.
        prefix, suffix: First and last part of the keys of the fields.
    """
    temperature, rate = now.loss.temperature, now.optimiser.learning_rate
    old = {"loss.temperature": temperature, "optimiser.learning_rate": rate}
    new = {
        "loss.temperature": number_of(
            "loss.temperature", temperature, title="Temperature", key=f"{prefix}.temperature.{suffix}"
        ),
        "optimiser.learning_rate": number_of(
            "optimiser.learning_rate", rate, title="Learning rate", key=f"{prefix}.rate.{suffix}"
        ),
    }
    return {path: value for path, value in new.items() if abs(value - old[path]) > 1e-12}
