"""Under the table: one selected run's name, tags, note, disk space and configuration, or how several differ."""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Literal

import pandas as pd
import streamlit as st

from dashboard import loaders, state
from dashboard.access import may_act, require_teacher
from dashboard.figures.formatting import duration, escaped, plain
from dashboard.figures.run_difference import configuration_table, difference_table
from dashboard.figures.run_table import wrong_words
from dashboard.loaders import Extras
from dashboard.parts.data.problems import show_doubts
from dashboard.parts.fields.number_field import KEEP
from dashboard.parts.frame.download import offer_download
from dashboard.parts.frame.live import in_one_line
from dashboard.parts.frame.table import inert_table
from dashboard.parts.runs.actions import for_each
from mlcl_core.engine.summary import changed_settings
from mlcl_core.errors import InputError
from mlcl_core.runs.checked import MAX_NAME, MAX_NOTE, MAX_TAGS
from mlcl_core.runs.disk import PARTS
from mlcl_core.runs.listing import RunRow, last_name
from mlcl_core.runs.run import Run
from mlcl_core.runs.store import ChangedMeanwhile

HEIGHT = 380


def show_details(chosen: Sequence[RunRow], rows: Sequence[RunRow], extras: Extras) -> None:
    """What belongs to the selection; nothing without one."""
    if not chosen:
        return
    tags = sorted({tag for row in rows for tag in row.tags})
    if len(chosen) > 1:
        if may_act():
            _edit_tags(chosen, tags, "Tags of all of these")
        _show_difference(chosen)
        return
    (row,) = chosen
    left, right = st.columns([1, 1.7], gap="medium")
    with left:
        if may_act():
            _edit_words(row)
            _edit_tags(chosen, tags, "Tags")
        else:
            st.markdown(f"**{escaped(row.name)}**")
            st.caption(" · ".join(escaped(part) for part in (*row.tags, row.note) if part) or "no note")
        _show_facts(row, {one.run.id: one.name for one in rows}, extras)
    with right:
        if row.wrong is not None:
            st.markdown(f":orange[:material/warning: {in_one_line(wrong_words(row))}]")
        if row.config is not None:
            _show_configuration(row)


# ---- one run


def _edit_words(row: RunRow) -> None:
    """Name and note; a field that is not being edited follows what another window wrote."""
    run, read = row.run, st.session_state.setdefault(state.RUNS_READ, {})
    for kind, now in (("name", row.name), ("note", row.note)):
        key, before = f"runs.{kind}.{run.id}", read.get((run.id, kind))
        if key not in st.session_state or (now != before and st.session_state[key] == before):
            read[run.id, kind] = st.session_state[key] = now
    st.text_input("Name", key=f"runs.name.{run.id}", max_chars=MAX_NAME, on_change=write_words, args=(run, "name"))
    _show_conflict(run, "name")
    st.text_area(
        "Note",
        key=f"runs.note.{run.id}",
        height=96,
        max_chars=MAX_NOTE,
        on_change=write_words,
        args=(run, "note"),
        placeholder="What this run is for, what you saw",
    )
    _show_conflict(run, "note")


def write_words(run: Run, kind: Literal["name", "note"], *, anyway: bool = False) -> None:
    """Callback: set the name or the note to what stands in its field, unless another window changed it meanwhile."""
    key, read = f"runs.{kind}.{run.id}", st.session_state.setdefault(state.RUNS_READ, {})
    text, before = st.session_state[key], None if anyway else read.get((run.id, kind))
    st.session_state.pop(_conflict(run, kind), None)

    def write(run: Run) -> None:
        require_teacher()
        store = loaders.store()
        try:
            if kind == "name":
                store.rename(run, text, before=before)
            else:
                store.note(run, text, before=before)
        except ChangedMeanwhile as error:
            st.session_state[_conflict(run, kind)] = error.now
        except InputError:
            if kind == "name":  # the field shows the name that stays; a note may be long, and stays to be mended
                del st.session_state[key]
            raise
        else:
            read[run.id, kind] = run.meta()[kind]

    for_each([run], write)


def _conflict(run: Run, kind: str) -> str:
    return f"runs.conflict.{kind}.{run.id}"


def _show_conflict(run: Run, kind: Literal["name", "note"]) -> None:
    """What another window wrote meanwhile, and the choice between both."""
    now = st.session_state.get(_conflict(run, kind))
    if now is None:
        return
    st.warning(f"Changed in another window meanwhile, to: {in_one_line(now) or 'nothing'}. Yours is not saved.")
    with st.container(horizontal=True):
        st.button("Save mine", key=f"runs.mine.{kind}", on_click=write_words, args=(run, kind), kwargs={"anyway": True})
        st.button("Keep theirs", key=f"runs.theirs.{kind}", on_click=_keep_theirs, args=(run, kind))


def _keep_theirs(run: Run, kind: str) -> None:
    for key in (_conflict(run, kind), f"runs.{kind}.{run.id}"):
        st.session_state.pop(key, None)


def _show_facts(row: RunRow, names: Mapping[str, str], extras: Extras) -> None:
    status, lines = row.status, []
    if row.branch is not None:
        parent = escaped(names.get(row.branch["parent"], f"{row.branch['parent']}, which is not here"))
        lines.append(f"Branch of **{parent}** at step {row.branch['at']:,}")
    parts = [f"step {status.step:,} of {status.total:,}", f"trained for {duration(status.seconds)}"]
    lines.append(" · ".join([*parts, *([escaped(status.device)] if status.device else [])]))
    use = extras.uses.get(row.run.id)
    if use is not None:
        sizes = ", ".join(f"{part} {use.parts[part] / 1e6:,.1f}" for part in (*PARTS, "rest"))
        lines.append(f"On the disk: {use.total / 1e6:,.1f} MB ({sizes})")
    lines.append(f"id {escaped(row.run.id)}")
    st.caption("  \n".join(lines))
    show_doubts(row.doubts)


def _show_configuration(row: RunRow) -> None:
    assert row.config is not None
    base, changed = changed_settings(row.config)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**Configuration**, {len(changed):,} settings other than in {escaped(base)}", width="stretch")
        only = st.toggle("Only these", key=state.RUNS_ONLY_CHANGED, persist_state=KEEP)
        text = row.config.to_json()
        if may_act():  # it may name a folder
            offer_download("JSON", lambda: text, file_name="config.json", mime="application/json", key="runs.config")
    table = without_folders(configuration_table(row.config, only_changed=only))
    inert_table(
        table,
        hide_index=True,
        height=min(36 * len(table) + 38, HEIGHT),
        key=f"runs.configuration.{row.run.id}",
        column_config={
            "setting": st.column_config.TextColumn(width=200),
            "value": st.column_config.TextColumn(width=190),
        },
        alt=f"The configuration of {row.name}.",
    )
    if row.now != row.config:
        st.caption(
            "Settings were changed while it trained: the table of runs shows those in force, this one the first."
        )


def without_folders(settings: pd.DataFrame) -> pd.DataFrame:
    """A table of settings as this session may read it: for a viewer a file or folder by its name alone."""
    return settings if may_act() else settings.map(lambda value: last_name(value) if isinstance(value, str) else value)


# ---- one or several


def _edit_tags(chosen: Sequence[RunRow], known: Sequence[str], title: str) -> None:
    """The tags that all selected runs have; new ones are added to each."""
    common = [tag for tag in chosen[0].tags if all(tag in row.tags for row in chosen)]
    # the field begins anew whenever the tags or the selection change, here or in another window
    digest = blake2b(repr((common, [row.run.id for row in chosen])).encode(), digest_size=8).hexdigest()
    key = f"runs.tags.{digest}"
    st.multiselect(
        title,
        [*dict.fromkeys([*common, *known])],
        default=common,
        format_func=plain,
        accept_new_options=True,
        key=key,
        max_selections=MAX_TAGS,
        placeholder="Choose or type a tag",
        on_change=write_tags,
        args=([row.run for row in chosen], tuple(common), key),
    )


def write_tags(runs: Sequence[Run], before: Sequence[str], key: str) -> None:
    """Callback: add the tags that are new in the field, remove those that are gone from it; others stay."""
    now = st.session_state.pop(key)
    added, removed = [tag for tag in now if tag not in before], [tag for tag in before if tag not in now]

    def write(run: Run) -> None:
        require_teacher()
        if removed:
            loaders.store().tag(run, removed, "remove")
        if added:
            loaders.store().tag(run, added, "add")

    for_each(runs, write)


def _show_difference(chosen: Sequence[RunRow]) -> None:
    table = without_folders(difference_table(chosen))
    left_out = sum(row.config is None for row in chosen)
    words = f"**What differs**: {len(chosen):,} runs, their scores, and every setting in which they are not all alike"
    st.markdown(words + (f" ({left_out:,} damaged ones have none)" if left_out else ""))
    inert_table(
        table,
        hide_index=True,
        height=min(36 * len(table) + 38, HEIGHT),
        key="runs.difference",
        column_config={"run": st.column_config.TextColumn(width=190, pinned=True)}
        | {name: st.column_config.NumberColumn(format="%.3f") for name in table.select_dtypes("number").columns},
        alt=f"What differs between {len(chosen)} runs.",
    )
