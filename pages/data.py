import streamlit as st

from dashboard import loaders, state
from dashboard.parts.data.follow import show_followed
from dashboard.parts.data.items import show_items
from dashboard.parts.data.labels import show_labels
from dashboard.parts.data.pairs import show_pairs
from dashboard.parts.data.problems import show_problems
from dashboard.parts.data.source import OWN, choose_source, show_reading, show_refused, show_sizes
from dashboard.parts.frame.empty import empty_place
from dashboard.parts.frame.heading import heading
from mlcl_core.errors import InputError

VIEWS = {"Items": show_items, "Labels": show_labels, "Pairs and batches": show_pairs}

heading("What is in the data, and what does a batch of it look like?")
source = choose_source()
show_followed(OWN)
if source is None:
    empty_place("data", "Enter the path of a file above. `mlcl data FILE` prints the same numbers.")
else:
    try:
        data, numbers = loaders.data_set(source)
    except InputError as error:
        show_refused(source, error)
    else:
        show_sizes(numbers)
        show_reading(source, data)
        show_problems(numbers)
        view = st.segmented_control(
            "View",
            list(VIEWS),
            required=True,
            default="Items",
            key=state.DATA_VIEW,
            persist_state="session",
            label_visibility="collapsed",
        )
        VIEWS[str(view)](source, data, numbers)
