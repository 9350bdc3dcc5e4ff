"""What Streamlit takes from browsers, and tells them, beyond what a class needs: shut in class mode, for everybody.

Any browser may ask Streamlit to clear the caches of all, to name the repository's files, to keep an upload in memory or
to write into the program's folder, and every browser is told that folder; a value of another type than a widget's is
handed to pages or fills the log. None of it has a switch; so methods of its sessions and what writes the log are
wrapped here, once a process (Streamlit's version is bounded, and a test asks a real server).
"""

import logging
import traceback
from pathlib import Path
from typing import Any

from streamlit import config, error_util
from streamlit.errors import StreamlitSelectionCountExceedsMaxError
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.state.session_state import Serialized, SessionState

from dashboard.access import in_class

# what the guards stand on: a traceback holds paths, and a file would lie in the server's memory (MB: less than nothing,
# so that any body is too large before a byte of it is read)
FIXED: dict[str, Any] = {"client.showErrorDetails": "none", "server.maxUploadSize": -1}
# of what a browser may send: what pages need to be drawn, and parts of large tables
TAKEN = {"rerun_script", "stop_script", "app_heartbeat", "dataframe_chunk"}
NUMBERS = {"double_value", "int_value"}  # a field for numbers sends either
OURS = tuple(Path(__file__).resolve().parents[1] / folder for folder in ("dashboard", "mlcl_core", "pages"))
STATE = "/streamlit/runtime/state/"  # where Streamlit unpacks the values of widgets
# who reports what a browser sent
REPORTERS = (
    "streamlit.web.server.starlette.starlette_websocket",
    "streamlit.components.v2.bidi_component.serialization",
    "streamlit.runtime.app_session",
    "uvicorn.error",
)
# what Streamlit says of a value itself, once a widget has it
ASKED_TOO_MUCH = StreamlitSelectionCountExceedsMaxError
_log = logging.getLogger(__name__)
_shut: list[bool] = []


def shut() -> None:
    """Shut it, where a class looks on.

    ``mlcl app --class`` does before the server is up; ``MLCL_CLASS=1 streamlit run`` has it from the first page drawn.
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
    """What a browser's message asks for: its type, and of an operation which."""
    kind = message.WhichOneof("type")
    if kind == "backend_operation_request":
        kind = message.backend_operation_request.WhichOneof("payload")
    return str(kind)


def _wrap_messages_in(take: Any) -> None:
    def handle_backmsg(self: AppSession, msg: Any) -> None:
        kind = kind_of(msg)
        if kind in TAKEN:
            take(self, msg)
        else:
            _log.warning("dropped a message of a browser: %s is not for a class", kind)

    setattr(AppSession, "handle_backmsg", handle_backmsg)  # noqa: B010


def fits(value: WidgetState, kind: str) -> bool:
    """Whether a value is of the kind that its widget takes, or none at all."""
    sent = value.WhichOneof("value")
    return sent is None or sent == kind or {sent, kind} <= NUMBERS


def _wrap_values_in(take: Any, register: Any) -> None:
    """A value of another kind is dropped: of a widget that is known when it comes, of another when that is drawn."""

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
        message.new_session.main_script_path = "app.py"  # without the folder it lies in
        return message

    setattr(AppSession, "_create_new_session_message", _create_new_session_message)  # noqa: B010


def in_short(error: BaseException) -> str | None:
    """One line for an error that is about what a browser sent; None for any other, of which the whole way is wanted.

    It is, where no code of ours is on the way, or the way leads from ours through the values of widgets.
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
            _log.warning("a page of a browser ended, because of a value that it sent: %s", words)

    setattr(error_util, "_log_uncaught_app_exception", _log_uncaught_app_exception)  # noqa: B010


def _shortened(record: logging.LogRecord) -> bool:
    """A filter of logs: a traceback that is about what a browser sent becomes a line."""
    error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
    if error is not None and (words := in_short(error)) is not None:
        record.msg, record.args = f"{' '.join(record.getMessage().split())}: {words}", ()
        record.exc_info = record.exc_text = None
    return True
