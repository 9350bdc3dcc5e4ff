"""A study as files: Markdown, CSV, LaTeX, and one HTML page."""

import streamlit as st

from dashboard.export.study import STUDY_FORMATS
from dashboard.parts.frame.download import offer_download
from dashboard.parts.study.panels import chosen_metrics
from mlcl_core.studies.folder import StudyFolder


def show_downloads(folder: StudyFolder) -> None:
    """The popover with a button for each format; a file is made when its button is pressed."""
    popover = st.popover("Download", icon=":material/download:", key="study.downloads", on_change="rerun")
    with popover:
        if not popover.open:
            return
        metrics = chosen_metrics()
        for kind in STUDY_FORMATS.values():
            offer_download(
                kind.title,
                lambda kind=kind: kind.make(folder, metrics),  # type: ignore[misc]
                file_name=f"{folder.name}.{kind.name}",
                mime=kind.mime,
                key=f"study.download.{kind.name}",
                help=kind.summary,
            )
