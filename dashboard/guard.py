"""What Streamlit takes from browsers, and tells them, beyond what a class needs: shut in class mode, for everybody.

Any browser may ask Streamlit to clear the caches of all, to name the repository's files, to keep an upload in memory or
to write into the program's folder, and every browser is told that folder. None of it has a switch; so two methods of
its sessions are wrapped here, once a process (Streamlit's version is bounded, and a test asks a real server).
"""

import logging
from typing import Any

from streamlit import config
from streamlit.runtime.app_session import AppSession

from dashboard.role import in_class

NO_UPLOADS = -1  # MB: any body is too large, before a byte of it is read
# of what a browser may send: what pages need to be drawn, and parts of large tables
TAKEN = {"rerun_script", "stop_script", "app_heartbeat", "dataframe_chunk"}
_log = logging.getLogger(__name__)
_shut: list[bool] = []


def shut() -> None:
    """Shut it, where a class looks on.

    ``mlcl app --class`` does before the server is up; ``MLCL_CLASS=1 streamlit run`` has it from the first page drawn.
    """
    if not in_class():
        return
    if config.get_option("server.maxUploadSize") != NO_UPLOADS:
        config.set_option("server.maxUploadSize", NO_UPLOADS)
    if not _shut:
        _shut.append(True)
        _wrap_messages_in(AppSession.handle_backmsg)
        _wrap_first_word(AppSession._create_new_session_message)


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


def _wrap_first_word(make: Any) -> None:
    def _create_new_session_message(self: AppSession, *args: Any, **options: Any) -> Any:
        message = make(self, *args, **options)
        message.new_session.main_script_path = "app.py"  # without the folder it lies in
        return message

    setattr(AppSession, "_create_new_session_message", _create_new_session_message)  # noqa: B010
