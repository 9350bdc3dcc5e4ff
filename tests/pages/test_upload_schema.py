"""What the dialog previews, what it reads and what ``mlcl data`` reads are one thing."""

import json

from streamlit.testing.v1 import AppTest

from mlcl_core.cli import main
from tests.data.cases import HERE, RIGHT


def in_the_dialog(names: dict[str, dict[str, str]], folder: str) -> None:
    """What the dialog makes of each file: a page for AppTest."""
    from pathlib import Path

    import streamlit as st

    from dashboard.parts.upload.hand import PendingUpload, hand
    from dashboard.parts.upload.reading import params_of, read_whole, seen
    from dashboard.parts.upload.told import answer_question, told_about

    found = {}
    for name, options in names.items():
        pending = hand().take(PendingUpload(name, Path(folder) / name, name, copied=False))
        told_about(pending)
        if options:
            answer_question("which?", "these", options)
        force = told_about(pending).in_force(params_of(pending))
        look, parsed = seen(pending, force).look, read_whole(pending, force)
        columns = [(one.name, one.role, one.cell, one.separator) for one in look.columns]
        found[name] = (columns, list(look.said), parsed.numbers, parsed.vectors and parsed.vectors.schema)
    st.session_state["found"] = found


def test_dialog_and_command_line_give_one_schema_and_the_same_labels(home, capsys):
    """For every case: columns of the preview, of the data read and of ``mlcl data``; items, counts, splits, notes."""
    names = {name: options for name, (_, _, options) in RIGHT.items()}
    app = AppTest.from_function(in_the_dialog, args=(names, str(HERE)), default_timeout=60).run()
    assert not app.exception, [one.value for one in app.exception]
    for name, (columns, said, numbers, schema) in app.session_state["found"].items():
        told = [word for key, value in names[name].items() for word in ("--set", f"{key}={value}")]
        assert main(["data", str(HERE / name), "--json", *told]) == 0
        printed = json.loads(capsys.readouterr().out)
        assert numbers is not None, name
        assert (printed["items"], printed["label_counts"]) == (RIGHT[name][0], numbers["label_counts"])
        assert printed == json.loads(json.dumps(numbers, default=float)), name
        assert printed["schema"] == schema
        assert set(said) <= set(printed["said"])
        if schema is not None:
            assert columns == [(one["name"], one["role"], one["cell"], one["separator"]) for one in schema["columns"]]
