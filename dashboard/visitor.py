"""A visitor without a browser: speaks Streamlit's own protocol with a server, as a tab does, and draws nothing."""

import json
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from streamlit.components.v2.bidi_component.main import _make_trigger_id
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets import Subprotocol
from websockets.sync.client import ClientConnection, connect

from dashboard.figures.message import unpack
from mlcl_core.errors import RunFailed

FOREVER = 2**31


@dataclass
class Answer:
    """What one run of a page, or of a fragment, sent.

    Args:
        seconds: From the question to the end of the script.
        steps: Of the frames that came in it.
        anchor: Id of the anchor in the last of them.
        bytes: Of all messages.
    """

    seconds: float = 0.0
    steps: list[int] = field(default_factory=list)
    anchor: int | None = None
    bytes: int = 0


class Visitor:
    """One session of a server.

    Args:
        url: Of the server: ``http://localhost:8501``.
        query: Query string without the question mark.
        patience: Seconds to wait for any message.
    """

    def __init__(self, url: str, query: str = "", patience: float = 120.0):
        """Connect; nothing runs yet."""
        self._query, self._patience = query, patience
        self._open = ExitStack()
        connection = connect(
            f"ws{url.removeprefix('http')}/_stcore/stream", subprotocols=[Subprotocol("streamlit")], max_size=FOREVER
        )
        self._socket: ClientConnection = self._open.enter_context(connection)
        self._page = ""
        self.pages: dict[str, str] = {}  # hash of each page by its address
        self.timers: dict[str, float] = {}  # seconds between the runs of each fragment that runs by itself
        self.clouds: dict[str, str] = {}  # fragment of each cloud by its id

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
        return self._ask()

    def tick(self, fragment: str) -> Answer:
        """Run a fragment again, as its timer does."""
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
        return self._ask(fragment, {_make_trigger_id(cloud, "events"): event})

    def close(self) -> None:
        """Leave."""
        self._open.close()

    def _ask(self, fragment: str = "", triggers: Mapping[str, str] | None = None, *, by_itself: bool = False) -> Answer:
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.page_script_hash = self._query, self._page
        state.fragment_id, state.is_auto_rerun = fragment, by_itself
        for widget, value in (triggers or {}).items():
            one = state.widget_states.widgets.add()
            one.id, one.json_trigger_value = widget, value
        begun, answer = perf_counter(), Answer()
        self._socket.send(message.SerializeToString())
        while not self._take(answer):
            pass
        answer.seconds = perf_counter() - begun
        return answer

    def _take(self, answer: Answer) -> bool:
        """Take one message in; whether it was the last."""
        received = self._socket.recv(timeout=self._patience)
        assert isinstance(received, bytes)
        message = ForwardMsg.FromString(received)
        answer.bytes += len(received)
        kind = message.WhichOneof("type")
        if kind == "new_session":
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
        component = element.bidi_component
        if component.component_name.endswith("mlcl_cloud"):
            self.clouds[component.id] = delta.fragment_id
            header, _ = unpack(bytes(component.bytes))
            if header["n"]:
                answer.steps.append(int(header["step"]))
                answer.anchor = header["anchor_id"]
