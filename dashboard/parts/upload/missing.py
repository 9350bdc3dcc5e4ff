"""A table of labels without items: described, and what it needs to be trained on."""

from collections.abc import Mapping

import streamlit as st

from dashboard.figures.formatting import escaped
from dashboard.parts.upload.fields import option_field
from dashboard.parts.upload.hand import PendingUpload
from dashboard.parts.upload.told import Told
from mlcl_core.options import Option


def show_missing(pending: PendingUpload, missing: str, params: Mapping[str, Option], told: Told) -> None:
    """Draw what is missing, and a field for the file that holds it."""
    with st.container(border=True, key="upload.missing"):
        st.markdown(f":orange[:material/image_not_supported:] **Labels without items:** {escaped(missing)}.")
        st.markdown("They are described here, and cannot be trained on. Either")
        if "items" in params:
            option_field("items", params["items"], told, place="missing")
        where = "" if not pending.copied else ", or enter the path of the table where it stands beside them"
        st.markdown(f"or put the table and its pictures into one zip, and choose that{where}.")
