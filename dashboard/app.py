"""The entry of the dashboard: theme, navigation, run bar and timeline (`streamlit run dashboard/app.py`)."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.append(str(ROOT))  # Streamlit puts only the folder of this file on the path

import streamlit as st  # noqa: E402

from dashboard import guard, warm  # noqa: E402
from dashboard.figures.icon import tab_icon  # noqa: E402
from dashboard.parts.frame.frame import pages, show_frame  # noqa: E402

st.set_page_config(page_title="MLCL Lab", page_icon=tab_icon(), layout="wide", initial_sidebar_state="collapsed")
page = st.navigation(pages(), position="top")
guard.shut()
warm.begin()
show_frame(page)
