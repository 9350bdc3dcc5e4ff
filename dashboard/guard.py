"""Class mode: closes what Streamlit accepts from browsers, and tells them, beyond what a class needs.

Any browser may ask Streamlit to clear the caches of all sessions, to list the repository's files, to keep an upload in
memory or to write into the program's folder, and every browser is told that folder. A value of another type than its
widget's reaches pages or fills the log. None of this has a switch, so methods of its sessions and of its logging are
wrapped here, once per process (Streamlit's version is bounded, and a test asks a real server).
"""

import logging
import traceback
from pathlib import Path
from typing import Any

from streamlit import config, error_util
from streamlit.errors import StreamlitSelectionCountExceedsMaxError
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.runtime import get_instance
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.state.session_state import Serialized, SessionState

from dashboard.access import in_class

# settings the guards rely on: a traceback holds paths, and an upload is kept in the server's memory (a size in MB below
# zero makes any body too large before a byte of it is read)
FIXED: dict[str, Any] = {"client.showErrorDetails": "none", "server.maxUploadSize": -1}
# messages of browsers that are accepted: those that draw pages, and parts of large tables
ACCEPTED = {"rerun_script", "stop_script", "app_heartbeat", "dataframe_chunk"}
DOWNLOAD = "deferred_file"  # makes the file of a button; accepted of a button on the session's own page
NUMBERS = {"double_value", "int_value"}  # a number field sends either
OURS = tuple(Path(__file__).resolve().parents[1] / folder for folder in ("dashboard", "mlcl_core", "pages"))
STATE = "/streamlit/runtime/state/"  # where Streamlit unpacks the values of widgets
# loggers that report messages of browsers
REPORTERS = (
    "streamlit.web.server.starlette.starlette_websocket",
    "streamlit.components.v2.bidi_component.serialization",
    "streamlit.runtime.app_session",
    "uvicorn.error",
)
# Streamlit's own error about the value of a widget
ASKED_TOO_MUCH = StreamlitSelectionCountExceedsMaxError
_log = logging.getLogger(__name__)
_shut: list[bool] = []


def shut() -> None:
    """Install the guards in class mode; otherwise do nothing.

    ``mlcl app --class`` calls it before the server is up, ``MLCL_CLASS=1 streamlit run`` with the first page drawn.
    """
    if not in_class():
        return
    for name, value in FIXED.items():
        if config.get_option(name) != value:
            config.set_option(name, value)
    if not _shut:
        _shut.append(True)
        _wrap_messages_in(AppSession.handle_backmsg)
        _wrap_first_word(AppSession._create_new_session_message)
        _wrap_values_in(SessionState.set_widgets_from_proto, SessionState.register_widget)
        _wrap_report(error_util._log_uncaught_app_exception)
        for name in REPORTERS:
            logging.getLogger(name).addFilter(_shortened)


def kind_of(message: Any) -> str:
    """What a browser's message asks for: its type, or the name of the operation."""
    kind = message.WhichOneof("type")
    if kind == "backend_operation_request":
        kind = message.backend_operation_request.WhichOneof("payload")
    return str(kind)


def is_own_download(session_id: str, message: Any) -> bool:
    """Whether a message asks for the file of a download button that this session's page shows."""
    if kind_of(message) != DOWNLOAD:
        return False
    asked = message.backend_operation_request.deferred_file.file_id
    found = get_instance().media_file_mgr._deferred_callables.get(asked)
    return found is not None and found["session_id"] == session_id


def _wrap_messages_in(take: Any) -> None:
    def handle_backmsg(self: AppSession, msg: Any) -> None:
        kind = kind_of(msg)
        if kind in ACCEPTED or is_own_download(self.id, msg):
            take(self, msg)
        else:
            _log.warning("dropped a message of a browser: %s is not allowed in class mode", kind)

    setattr(AppSession, "handle_backmsg", handle_backmsg)  # noqa: B010


def fits(value: WidgetState, kind: str) -> bool:
    """Whether a value has the type of its widget, or is empty."""
    sent = value.WhichOneof("value")
    return sent is None or sent == kind or {sent, kind} <= NUMBERS


def _wrap_values_in(take: Any, register: Any) -> None:
    """Drop values of another type: for a known widget on arrival, for an unknown one when it is drawn."""

    def dropped(value: WidgetState, kind: str) -> bool:
        if fits(value, kind):
            return False
        _log.warning("dropped a value of a browser: %s for %s", value.WhichOneof("value"), ascii(value.id)[-60:])
        return True

    def set_widgets_from_proto(self: SessionState, widget_states: WidgetStates) -> None:
        known = self._new_widget_state.widget_metadata
        kept = [
            one for one in widget_states.widgets if one.id not in known or not dropped(one, known[one.id].value_type)
        ]
        take(self, WidgetStates(widgets=kept))

    def register_widget(self: SessionState, metadata: Any, user_key: str | None) -> Any:
        held = self._new_widget_state.states.get(metadata.id)
        if isinstance(held, Serialized) and dropped(held.value, metadata.value_type):
            del self._new_widget_state.states[metadata.id]
        return register(self, metadata, user_key)

    setattr(SessionState, "set_widgets_from_proto", set_widgets_from_proto)  # noqa: B010
    setattr(SessionState, "register_widget", register_widget)  # noqa: B010


def _wrap_first_word(make: Any) -> None:
    def _create_new_session_message(self: AppSession, *args: Any, **options: Any) -> Any:
        message = make(self, *args, **options)
        message.new_session.main_script_path = "app.py"  # without its folder
        return message

    setattr(AppSession, "_create_new_session_message", _create_new_session_message)  # noqa: B010


def in_short(error: BaseException) -> str | None:
    """One line for an error that a browser's message caused; None for any other error, whose traceback is wanted.

    A message is the cause where the traceback has no frame of the Lab, or leads from the Lab into widget values.
    """
    files = [Path(frame.filename).as_posix() for frame in traceback.extract_tb(error.__traceback__)]
    ours = [place for place, name in enumerate(files) if any(Path(name).is_relative_to(folder) for folder in OURS)]
    after = files[ours[-1] + 1 :] if ours else files
    if ours and not any(STATE in name for name in after) and not isinstance(error, ASKED_TOO_MUCH):
        return None
    return f"{type(error).__name__}: {' '.join(str(error).split())[:120]}"


def _wrap_report(report: Any) -> None:
    def _log_uncaught_app_exception(ex: BaseException) -> None:
        if (words := in_short(ex)) is None:
            report(ex)
        else:
            _log.warning("a session's page ended because of a value sent by its browser: %s", words)

    setattr(error_util, "_log_uncaught_app_exception", _log_uncaught_app_exception)  # noqa: B010


def _shortened(record: logging.LogRecord) -> bool:
    """A filter of logs: the traceback of an error that a browser's message caused becomes one line."""
    error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
    if error is not None and (words := in_short(error)) is not None:
        record.msg, record.args = f"{' '.join(record.getMessage().split())}: {words}", ()
        record.exc_info = record.exc_text = None
    return True
