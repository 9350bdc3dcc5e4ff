"""Settings of a run that trains; a change holds from the step at which the worker acknowledges it."""

import streamlit as st

from dashboard import loaders
from dashboard.access import require_teacher
from dashboard.figures.formatting import escaped
from dashboard.parts.fields.config_field import number_of
from dashboard.parts.fields.number_field import use_rungs
from mlcl_core.errors import InputError
from mlcl_core.runs import control
from mlcl_core.runs.run import Run

NOTICE = "change.notice"


def show_change(run: Run) -> None:
    """Temperature and learning rate of a run that trains."""
    now = loaders.config_at(run, None)
    temperature, rate = now.loss.temperature, now.optimiser.learning_rate
    st.caption(
        f"In force now: temperature {temperature:g}, peak learning rate {rate:g}. "
        "A change is taken over at the next step and marked ★ on the timeline."
    )
    with st.form("change.form", border=False):
        new_temperature = number_of(
            "loss.temperature", temperature, title="Temperature", key=f"change.temperature.{run.id}"
        )
        new_rate = number_of("optimiser.learning_rate", rate, title="Learning rate", key=f"change.rate.{run.id}")
        if st.form_submit_button("Apply at the next step", icon=":material/tune:"):
            settings = {"loss.temperature": new_temperature, "optimiser.learning_rate": new_rate}
            old = {"loss.temperature": temperature, "optimiser.learning_rate": rate}
            changed = {path: value for path, value in settings.items() if abs(value - old[path]) > 1e-12}
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
