"""Messages that no page sends, but that any program may send to a server."""

import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from mlcl_core.bench.session_client import trigger_of

TEXTS = (
    *(
        "",
        "x",
        "/etc/passwd",
        "../../status.json",
        "a file of your own",
        "<script>alert(1)</script>",
        "\u202e\x00\x1b[2J",
    ),
    *("NaN", "null", "[]", "Infinity", "1e999", "icons", "relation", "k" * 100_000),
)
NUMBERS = (0, 1, -1, 7, 2**31, -(2**62), 2**62)
FLOATS = (0.0, -1.0, 0.5, 1e308, float("nan"), float("inf"), -float("inf"))
EVENTS = ("picked", "moved", "edit", "events", "", "__class__")
VALUES: tuple[Any, ...] = (
    *(None, True, 0, -1, 2**63, 1.5, "7", "live", [], {}, [[[]]], {"id": None}, {"id": "7"}, {"id": True}, {"id": 7.5}),
    *({"id": 10**30}, {"id": {"id": 7}}, {"run": 5, "step": 0}, {"run": None, "step": "0"}, {"run": "x", "step": [1]}),
    *({"batch": "batch 1", "edit": 1, "items": []}, {"batch": "batch 1", "edit": "x", "items": 5}),
    {"batch": "batch 1", "edit": 1, "items": [{"id": -1, "labels": [2]}]},
    {"batch": "batch 1", "edit": 2, "items": [{"id": 1, "labels": [1] * 9999}] * 3},
    {"batch": ["batch 1"], "edit": 1e999, "items": [None]},
)
JSON_TEXTS = ("", "{", "nul", '"text"', "[" * 400 + "]" * 400, "1e999", "NaN", '{"picked": {"id": NaN}}')


def _json(chance: Random) -> str:
    if chance.random() < 0.2:
        return chance.choice(JSON_TEXTS)
    event, value = chance.choice(EVENTS), chance.choice(VALUES)
    return json.dumps(
        chance.choice(
            ({event: value}, [{"event": event, "value": value}], {"event": event, "value": value}, [value], value)
        )
    )


def _file(state: WidgetState, chance: Random) -> None:
    one = state.file_uploader_state_value.uploaded_file_info.add()
    one.file_id, one.name, one.size = (
        chance.choice(TEXTS)[:200],
        chance.choice(TEXTS)[:200],
        abs(chance.choice(NUMBERS)),
    )


def _chat(state: WidgetState, chance: Random) -> None:
    state.chat_input_value.data = chance.choice(TEXTS)


# every field of a widget's state, and random values of it
FIELDS: dict[str, Callable[[WidgetState, Random], Any]] = {
    "trigger_value": lambda state, chance: setattr(state, "trigger_value", True),
    "bool_value": lambda state, chance: setattr(state, "bool_value", chance.random() < 0.5),
    "double_value": lambda state, chance: setattr(state, "double_value", chance.choice(FLOATS)),
    "int_value": lambda state, chance: setattr(state, "int_value", chance.choice(NUMBERS)),
    "string_value": lambda state, chance: setattr(state, "string_value", chance.choice(TEXTS)),
    "json_value": lambda state, chance: setattr(state, "json_value", _json(chance)),
    "json_trigger_value": lambda state, chance: setattr(state, "json_trigger_value", _json(chance)),
    "bytes_value": lambda state, chance: setattr(state, "bytes_value", chance.randbytes(40)),
    "double_array_value": lambda state, chance: state.double_array_value.data.extend(chance.choices(FLOATS, k=3)),
    "int_array_value": lambda state, chance: state.int_array_value.data.extend(chance.choices(NUMBERS, k=3)),
    "string_array_value": lambda state, chance: state.string_array_value.data.extend(chance.choices(TEXTS, k=3)),
    "string_trigger_value": lambda state, chance: setattr(state.string_trigger_value, "data", chance.choice(TEXTS)),
    "file_uploader_state_value": _file,
    "chat_input_value": _chat,
}
# what a browser sends for each kind of widget
RIGHT = {
    "button": ("trigger_value",),
    "checkbox": ("bool_value",),
    "selectbox": ("string_value", "int_value"),
    "multiselect": ("string_array_value",),
    "button_group": ("string_array_value", "int_array_value"),
    "text_input": ("string_value",),
    "text_area": ("string_value",),
    "number_input": ("double_value", "int_value"),
    "slider": ("double_array_value",),
    "file_uploader": ("file_uploader_state_value",),
    "arrow_data_frame": ("string_value", "json_value"),
    "bidi_component": ("json_value", "json_trigger_value"),
}


def states(chance: Random, widgets: Sequence[tuple[str, str]]) -> list[WidgetState]:
    """A value for each widget, by its id and kind: half of them of the kind that the widget takes."""
    return [_state(chance, *one) for one in widgets]


def pressed(widgets: Sequence[str]) -> list[WidgetState]:
    """Presses of several buttons at once, as a browser sends them."""
    return [WidgetState(id=widget, trigger_value=True) for widget in widgets]


def chosen(widget: str, option: str) -> WidgetState:
    """The choice of one option of a segmented control."""
    state = WidgetState(id=widget)
    state.string_array_value.data.append(option)
    return state


def _state(chance: Random, widget: str, kind: str) -> WidgetState:
    known = RIGHT.get(kind, tuple(FIELDS))
    field = chance.choice(known if chance.random() < 0.5 else tuple(FIELDS))
    event = kind == "bidi_component" and field == "json_trigger_value"
    state = WidgetState(id=trigger_of(widget) if event else widget)
    FIELDS[field](state, chance)
    return state


def frame(chance: Random) -> bytes | str:
    """A message of no widget: noise, text, or a request of Streamlit that no page uses."""
    message = BackMsg()
    asked = chance.choice(
        ("noise", "text", "cut", "clear_cache", "load_git_info", "set_run_on_save", "files", "skills")
    )
    if asked == "noise":
        return chance.randbytes(chance.randint(0, 300))
    if asked == "text":
        return chance.choice(TEXTS)
    if asked == "cut":
        message.rerun_script.query_string = "x" * 50
        return message.SerializeToString()[: chance.randint(1, 40)]
    if asked == "files":
        message.file_urls_request.request_id = "1"
        message.file_urls_request.file_names.extend(TEXTS[:4])
        message.file_urls_request.session_id = "1"
    elif asked == "skills":
        message.backend_operation_request.request_id = "1"
        message.backend_operation_request.install_skills.SetInParent()
    else:
        setattr(message, asked, True)
    return message.SerializeToString()
