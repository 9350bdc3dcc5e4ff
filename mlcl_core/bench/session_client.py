"""Client of a Streamlit server without a browser: speaks the protocol of a browser tab, and draws nothing."""

import json
import socket
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

from streamlit.components.v2.bidi_component.main import _make_trigger_id
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets import Subprotocol
from websockets.exceptions import InvalidHandshake, WebSocketException
from websockets.sync.client import ClientConnection, connect

from dashboard.figures.wire import unpack
from mlcl_core.errors import RunFailed

FOREVER = 2**31


class Refused(RunFailed):
    """The server refuses the connection or closes it."""


@dataclass
class Answer:
    """The messages of one run of a page or of a fragment.

    Args:
        seconds: From the request to the end of the script.
        steps: Steps of the frames received.
        anchor: Id of the anchor in the last frame.
        bytes: Size of all messages.
    """

    seconds: float = 0.0
    steps: list[int] = field(default_factory=list)
    anchor: int | None = None
    bytes: int = 0


def trigger_of(component: str) -> str:
    """Id of the trigger of a component's events, by the component's id."""
    return _make_trigger_id(component, "events")


class SessionClient:
    """One session of a server.

    Args:
        url: Address of the server, such as ``http://localhost:8501``.
        query: Query string without the question mark.
        patience: Seconds to wait for any message.
        headers: Headers of the request that opens the session, cookies among them.
        host: Host name of that request, if not that of the address.

    Raises:
        Refused: The server refuses the connection.
    """

    def __init__(
        self,
        url: str,
        query: str = "",
        patience: float = 120.0,
        *,
        headers: Mapping[str, str] | None = None,
        host: str | None = None,
    ):
        """Connect; no page runs yet."""
        self._query, self._patience = query, patience
        self._open = ExitStack()
        at = urlsplit(url)
        try:
            connection = connect(
                f"{at.scheme.replace('http', 'ws')}://{host or at.netloc}{at.path}/_stcore/stream",
                sock=socket.create_connection((at.hostname or "", at.port or 80), patience),
                subprotocols=[Subprotocol("streamlit")],
                max_size=FOREVER,
                additional_headers=headers,
            )
            self._socket: ClientConnection = self._open.enter_context(connection)
        except InvalidHandshake as error:
            raise Refused(f"the server refuses the connection: {error}") from None
        self._page = ""
        self.pages: dict[str, str] = {}  # hash of each page by its address
        self.timers: dict[str, float] = {}  # seconds between two runs of each timed fragment
        self.clouds: dict[str, str] = {}  # fragment of each cloud by its id
        self.widgets: dict[str, str] = {}  # kind of each widget of the page by its id, components among them
        self.session = ""  # id of the session
        self.messages: list[bytes] = []  # all messages of the last answer

    def visit(self, page: str = "") -> Answer:
        """Open a page by its address ("" is the first), whole.

        Raises:
            RunFailed: The page shows an exception, or there is none of this name.
        """
        if page and page not in self.pages:
            raise RunFailed(f"the server has no page {page!r}; it has: {', '.join(self.pages) or 'none yet'}")
        self._page = self.pages.get(page, "")
        self.timers.clear()
        self.clouds.clear()
        self.widgets.clear()
        return self._ask()

    def tick(self, fragment: str) -> Answer:
        """Run a fragment again, as its timer does in a browser."""
        return self._ask(fragment, by_itself=True)

    def pick(self, item: int, run: str) -> Answer:
        """Click an item's point in the page's cloud: it becomes the anchor.

        Raises:
            RunFailed: The page has no cloud.
        """
        if not self.clouds:
            raise RunFailed("the page has no cloud to click in")
        cloud, fragment = next(iter(self.clouds.items()))
        event = json.dumps([{"event": "picked", "value": {"id": item, "run": run}}])
        return self.put([WidgetState(id=trigger_of(cloud), json_trigger_value=event)], fragment)

    def put(self, states: Iterable[WidgetState], fragment: str = "") -> Answer:
        """Send values of widgets, valid or not, as a tab does when a widget is used.

        Raises:
            RunFailed: The page shows an exception.
        """
        return self._ask(fragment, states)

    def send(self, raw: bytes | str) -> None:
        """Send any message, without waiting for an answer.

        Raises:
            Refused: The server has hung up.
        """
        try:
            self._socket.send(raw)
        except WebSocketException as error:
            raise Refused(f"the server hung up: {error}") from None

    def close(self) -> None:
        """Close the connection."""
        self._open.close()

    def _ask(self, fragment: str = "", states: Iterable[WidgetState] = (), *, by_itself: bool = False) -> Answer:
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.page_script_hash = self._query, self._page
        state.fragment_id, state.is_auto_rerun = fragment, by_itself
        state.widget_states.widgets.extend(states)
        self.messages.clear()
        begun, answer = perf_counter(), Answer()
        self._socket.send(message.SerializeToString())
        while not self._take(answer):
            pass
        answer.seconds = perf_counter() - begun
        return answer

    def _take(self, answer: Answer) -> bool:
        """Process one message; returns whether it was the last of an answer."""
        try:
            received = self._socket.recv(timeout=self._patience)
        except WebSocketException as error:
            raise Refused(f"the server hung up: {error}") from None
        assert isinstance(received, bytes)
        message = ForwardMsg.FromString(received)
        answer.bytes += len(received)
        self.messages.append(received)
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self.session = message.new_session.initialize.session_id or self.session
            self.pages = {page.url_pathname: page.page_script_hash for page in message.new_session.app_pages}
        elif kind == "navigation":
            self.pages = {page.url_pathname: page.page_script_hash for page in message.navigation.app_pages}
        elif kind == "page_not_found":
            raise RunFailed(f"the server does not know the page {message.page_not_found.page_name!r}")
        elif kind == "auto_rerun":
            self.timers[message.auto_rerun.fragment_id] = message.auto_rerun.interval
        elif kind == "delta":
            self._element(message.delta, answer)
        elif kind == "script_finished":
            return message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
        return False

    def _element(self, delta: Any, answer: Answer) -> None:
        element = delta.new_element
        if element.WhichOneof("type") == "exception":
            raise RunFailed(f"the page shows {element.exception.type}: {element.exception.message}")
        kind = str(element.WhichOneof("type"))
        if widget := getattr(getattr(element, kind, None), "id", ""):
            self.widgets[widget] = kind
        component = element.bidi_component
        if component.component_name.endswith("mlcl_cloud"):
            self.clouds[component.id] = delta.fragment_id
            header, _ = unpack(bytes(component.bytes))
            if header["n"]:
                answer.steps.append(int(header["step"]))
                answer.anchor = header["anchor_id"]
