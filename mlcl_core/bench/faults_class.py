"""Forged messages to a server in class mode: no message of a viewer may act.

The server is a real one, on a home directory with a synthetic run. Messages are drawn from a seed. Before and after
them a message of the teacher must act, so that a server that ignores everything does not pass.
"""

import hashlib
import http.client
import re
import secrets
import tempfile
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from time import sleep
from typing import Any
from urllib.parse import quote

import psutil

from mlcl_core.bench.forged_messages import chosen, frame, pressed, states
from mlcl_core.bench.servers import Server, serving
from mlcl_core.bench.session_client import Refused, SessionClient
from mlcl_core.bench.synthetic_run import end_run, synthetic_run
from mlcl_core.errors import RunFailed
from mlcl_core.home_directory import home_directory
from mlcl_core.runs import launch
from mlcl_core.runs.run import Run
from mlcl_core.runs.store import Store

PAGES = ("", "learn", "relations", "data", "runs", "map", "anchor", "compare", "study")
PANELS = ("Numbers", "Health", "New run", "Change", "Runs")
ACTING = re.compile(
    r"-(bar|setup|upload|branch|change)\.|-data\.(upload|path|rename|delete|train)"
    r"|-runs\.(name|note|tags|like|delete|mine)|-selection\.(name|save|delete)|-study\.(start|stop|retry|run)"
)
PATIENCE = 30.0
# per hundred tries: values of widgets, other host names, uploads, tokens, messages that belong to no widget
SHARES = {"widgets": 58, "hosts": 10, "uploads": 10, "tokens": 12, "frames": 10}
# not 0.0.0.0, which Streamlit takes for this machine
HOSTS = ("evil.example", "localhost.evil.example", "127.0.0.1.nip.io", "[::2]", "198.51.100.1", "x:1@evil.example")


def faults_class(*, tries: int = 600, seed: int = 0) -> dict[str, Any]:
    """Send forged messages as a viewer, and count those that acted.

    Args:
        tries: Number of messages.
        seed: Seed of all messages.

    Returns:
        ``tries`` by kind; number of ``widgets`` of the pages, and of those that received a message; ``acted``: the
        effect of each message that had one (none may); ``refused_by_streamlit``: pages that ended in an exception
        because a widget received a value of another type; ``tracebacks`` in the server's log; ``answers``: whether
        messages of the teacher act at the end.

    Raises:
        RunFailed: The server does not start, or a message of the teacher does not act.
    """
    chance = Random(seed)
    with tempfile.TemporaryDirectory(prefix="mlcl-class-") as folder:
        run = synthetic_run(Store(home_directory(folder)), "watched", 60, alive=True)
        with _class(Path(folder)) as site:
            attack = _Attack(site, run, chance)
            attack.teacher_acts("before")
            kinds = chance.choices(list(SHARES), weights=list(SHARES.values()), k=tries)
            for kind in kinds:
                attack.one(kind)
            attack.teacher_acts("after")
        end_run(run)
        log = site.log.read_text(errors="replace")
    return {
        "tries": dict(Counter(kinds)),
        "widgets": sum(map(len, attack.widgets.values())),
        "widgets_met": len(attack.met),
        "acted": attack.acted,
        "refused_by_streamlit": attack.refused,
        "tracebacks": len(re.findall(r"Traceback\W.{0,20}most recent call last", re.sub(r"\x1b\[[0-9;]*m", "", log))),
        "answers": True,
    }


class _Site:
    """A server in class mode: its home directory, address, token and log."""

    def __init__(self, home: Path, server: Server, token: str, log: Path):
        self.home, self.token, self.log = home, token, log
        self.port, self.url, self.process = server.port, server.url, server.process

    def digest(self) -> str:
        """Digest of all files in the home directory, except the server's log and the cache."""
        found = hashlib.blake2b()
        for path in sorted(self.home.rglob("*")):
            parts = path.relative_to(self.home).parts
            if path.is_file() and parts[0] in ("runs", "data", "studies"):
                found.update(repr((parts, path.stat().st_mtime_ns)).encode())
                found.update(path.read_bytes() if path.stat().st_size < 100_000 else b"")
        return found.hexdigest()

    def started(self) -> set[str]:
        """Command lines of the workers and mappers that the server has started."""
        lines = set()
        for child in self.process.children(recursive=True):
            with suppress(psutil.Error):
                lines.add(" ".join(child.cmdline()))
        return {line for line in lines if re.search(r"runs\.(worker|mapper)", line)}


@contextmanager
def _class(home: Path) -> Iterator[_Site]:
    token, log = secrets.token_urlsafe(32), home / "server.log"
    with serving(("mlcl_core", "app", "--class"), home, environment={"MLCL_TEACHER": token}, log=log) as server:
        yield _Site(home, server, token, log)


class _Attack:
    """A viewer that sends forged messages."""

    def __init__(self, site: _Site, run: Run, chance: Random):

        self.site, self.run, self.chance = site, run, chance
        self.acted: list[str] = []
        self.refused = 0
        self.widgets: dict[str, dict[str, str]] = {}
        self.met: set[tuple[str, str]] = set()
        self._decks: dict[str, list[tuple[str, str]]] = {}
        self._panel = ""
        teacher = SessionClient(site.url, f"teacher={site.token}", PATIENCE)
        for page in PAGES:
            teacher.visit(page)
            self.widgets[page] = dict(teacher.widgets)
        self._pause = next(widget for widget in self.widgets[""] if widget.endswith("-bar.pause"))
        self._look_into_panels(teacher)
        teacher.close()
        self._viewer: Any = None
        self._page = ""
        self._before = site.digest()

    def _look_into_panels(self, teacher: Any) -> None:
        """Collect the widgets of the Train page's forms, which are drawn one at a time."""
        teacher.visit("")
        panel = next(widget for widget in teacher.widgets if widget.endswith("-train.panel"))
        for name in PANELS:
            teacher.put([chosen(panel, name)])
            self.widgets[""] |= teacher.widgets

    def teacher_acts(self, when: str) -> None:
        """Send as the teacher the message that viewers forge.

        Raises:
            RunFailed: No request is written.
        """
        asked = len(self.run.requests())
        teacher = SessionClient(self.site.url, f"teacher={self.site.token}", PATIENCE)
        teacher.visit("")
        teacher.put(pressed([self._pause]))
        teacher.close()
        if len(self.run.requests()) != asked + 1:
            raise RunFailed(f"{when} the forged messages, a message of the teacher did not act")
        self._before = self.site.digest()

    def one(self, kind: str) -> None:
        """Send one message and record its effect, if any."""
        done = getattr(self, f"_{kind}")()
        if self.site.digest() != self._before:
            done = f"{done or ''} files changed"
            self._before = self.site.digest()
        if started := self.site.started():
            done = f"{done or ''} started {started}"
        if done:
            self.acted.append(f"{kind}: {done}")

    def _visit(self) -> Any:
        """The session of a viewer, on a random page."""
        if self._viewer is None:
            self._viewer = SessionClient(self.site.url, patience=PATIENCE)
            self._viewer.visit(self._page if self._viewer.pages else "")
            self._page = ""
        if self.chance.random() < 0.3:
            self._page = self.chance.choice(PAGES)
            self._viewer.visit(self._page)
        return self._viewer

    def _leave(self) -> None:
        with suppress(Exception):
            self._viewer.close()
        self._viewer = None

    def _dealt(self, known: dict[str, str]) -> list[tuple[str, str]]:
        """One to four widgets of the page: all are drawn before one is drawn again, components three times."""
        deck = self._decks.setdefault(self._page, [])
        if not deck:
            deck += [one for one in sorted(known.items()) for _ in range(3 if one[1] == "bidi_component" else 1)]
            self.chance.shuffle(deck)
        dealt = [deck.pop() for _ in range(min(len(deck), self.chance.randint(1, 4)))]
        self.met |= {(self._page, widget) for widget, _ in dealt if widget in self.widgets[self._page]}
        return dealt

    def _widgets(self) -> str:

        viewer = self._visit()
        known = self.widgets[self._page]
        sent = states(self.chance, self._dealt(known | viewer.widgets))
        if self.chance.random() < 0.3:
            sent = pressed([widget for widget in known if ACTING.search(widget)])
        try:
            viewer.put(sent)
        except RunFailed:
            self.refused += 1
            self._leave()
            return ""
        except TimeoutError:
            self._leave()
            return "was not answered"
        folders = [str(folder).encode() for folder in (self.site.home, launch.ROOT)]
        if any(folder in message for message in viewer.messages for folder in folders):
            return "a folder was shown"
        return "became a teacher" * any(ACTING.search(widget) for widget in viewer.widgets)

    def _hosts(self) -> str:
        """Open a session under another host name; it must be refused."""
        name = f"{self.chance.choice(HOSTS)}:{self.site.port}"
        host = None if self.chance.random() < 0.3 else name  # another site, or a name of this machine
        headers = {"Origin": f"http://{name}"} if host is None or self.chance.random() < 0.5 else None
        try:
            SessionClient(self.site.url, patience=PATIENCE, headers=headers, host=host).close()
        except Refused:
            return ""
        return f"was let in as {host} with {headers}"

    def _uploads(self) -> str:
        session = self._visit().session
        with urllib.request.urlopen(f"{self.site.url}/_stcore/health", timeout=PATIENCE) as answer:
            cookie = answer.headers["Set-Cookie"].partition(";")[0]
        size, chunked = self.chance.choice((0, 1, 5_000, 2_000_000)), self.chance.random() < 0.5
        head = b'--b\r\nContent-Disposition: form-data; name="f"; filename="a.csv"\r\n\r\n'
        body = head + self.chance.randbytes(size) + b"\r\n--b--\r\n"
        connection = http.client.HTTPConnection("localhost", self.site.port, timeout=PATIENCE)
        headers = {
            "Cookie": cookie,
            "X-Xsrftoken": cookie.partition("=")[2],
            "Content-Type": "multipart/form-data; boundary=b",
        }
        try:
            pieces = (body[at : at + 65_536] for at in range(0, len(body), 65_536))
            connection.request(
                "PUT",
                f"/_stcore/upload_file/{session}/{self.chance.randint(0, 9)}",
                body=pieces if chunked else body,
                headers=headers,
                encode_chunked=chunked,
            )
            status = connection.getresponse().status
        except OSError:
            return ""  # hung up before the end of the body
        finally:
            connection.close()
        return "" if status == http.HTTPStatus.REQUEST_ENTITY_TOO_LARGE else f"an upload was answered with {status}"

    def _tokens(self) -> str:

        right = self.site.token
        near = (right[:-1], right + "x", right.swapcase(), right[::-1], right + "\x00", f" {right}", f"../{right}")
        odd = ("", " ", "x" * 5_000, "ü" * 43, "\x00", "null", "None", "true", "{token}", "%00", f"{right}&teacher=")
        wrong = self.chance.choice((*near, *odd))
        # a query may hold any character, a cookie only those of a header
        plain = wrong.encode("ascii", "ignore").decode().replace("\x00", "x").strip()
        by_cookie = self.chance.random() < 0.5
        if by_cookie and plain == right:
            plain = "x"
        headers = {"Cookie": f"mlcl_teacher={plain}"} if by_cookie else None
        viewer = SessionClient(self.site.url, "" if by_cookie else f"teacher={quote(wrong)}", PATIENCE, headers=headers)
        try:
            viewer.visit("")
            return "became a teacher" * any(ACTING.search(widget) for widget in viewer.widgets)
        finally:
            viewer.close()

    def _frames(self) -> str:

        viewer = self._visit()
        with suppress(Exception):
            viewer.send(frame(self.chance))
            sleep(0.05)
        self._leave()
        return ""
