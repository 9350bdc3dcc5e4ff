"""A class's server under forged messages: whatever a viewer puts on the wire, nothing may act.

The server is a real one, in class mode, on a home directory with a run that looks as if it trained. What a viewer sends
is made from a seed; before it the teacher's own message is seen to act, so that a server which takes nothing at all
does not pass.
"""

import hashlib
import http.client
import os
import re
import secrets
import subprocess
import sys
import tempfile
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from time import monotonic, sleep
from typing import Any
from urllib.parse import quote

import psutil

from mlcl_core.bench.pages import _ended, _made
from mlcl_core.bench.ports import free_port
from mlcl_core.errors import RunFailed
from mlcl_core.home_directory import home_directory
from mlcl_core.runs import launch
from mlcl_core.runs.run import Run
from mlcl_core.runs.store import Store

PAGES = ("", "learn", "relations", "data", "map", "anchor")
PANELS = ("Numbers", "Health", "New run", "Change", "Runs")
ACTING = re.compile(r"-(bar|setup|runs|upload)\.|-data\.(upload|path|rename|delete|train)")
PATIENCE = 30.0
# of a hundred tries: values for widgets, requests under other names, uploads, tokens, frames that are no widget's
SHARES = {"widgets": 58, "hosts": 10, "uploads": 10, "tokens": 12, "frames": 10}
# not 0.0.0.0: a page from there is this machine's own, and Streamlit takes it for that
HOSTS = ("evil.example", "localhost.evil.example", "127.0.0.1.nip.io", "[::2]", "198.51.100.1", "x:1@evil.example")


def faults_class(*, tries: int = 600, seed: int = 0) -> dict[str, Any]:
    """Send forged messages to a class's server as a viewer, and count those that acted.

    Args:
        tries: Messages.
        seed: Of all of them.

    Returns:
        ``tries`` by kind; how many ``widgets`` the pages have, and to how many something was sent; ``acted``: what each
        message that did something did (none may); ``refused_by_streamlit``: pages that ended in an exception, because a
        widget got a value of another type; ``tracebacks`` in the server's log; ``answers``: whether the teacher is
        still served, and obeyed, at the end.

    Raises:
        RunFailed: The server does not start, or does not obey the teacher.
    """
    chance = Random(seed)
    with tempfile.TemporaryDirectory(prefix="mlcl-class-") as folder:
        run = _made(Store(home_directory(folder)), "watched", 60, alive=True)
        with _class(Path(folder)) as site:
            attack = _Attack(site, run, chance)
            attack.teacher_acts("before")
            kinds = chance.choices(list(SHARES), weights=list(SHARES.values()), k=tries)
            for kind in kinds:
                attack.one(kind)
            attack.teacher_acts("after")
        _ended(run)
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
    """A served class: where, with which token, and what it writes."""

    def __init__(self, folder: Path):
        self.port = free_port()
        self.home, self.token, self.log = folder, secrets.token_urlsafe(32), folder / "server.log"
        self.url = f"http://localhost:{self.port}"
        self.process: psutil.Popen | None = None

    def changed(self) -> str:
        """What stands in the home directory, in one word; the server's own log and the cache are left out."""
        found = hashlib.blake2b()
        for path in sorted(self.home.rglob("*")):
            parts = path.relative_to(self.home).parts
            if path.is_file() and parts[0] in ("runs", "data", "studies"):
                found.update(repr((parts, path.stat().st_mtime_ns)).encode())
                found.update(path.read_bytes() if path.stat().st_size < 100_000 else b"")
        return found.hexdigest()

    def started(self) -> set[str]:
        """Command lines of the processes that the server started to work on runs."""
        assert self.process is not None
        words = set()
        for child in self.process.children(recursive=True):
            with suppress(psutil.Error):
                words.add(" ".join(child.cmdline()))
        return {line for line in words if re.search(r"runs\.(worker|mapper)", line)}


@contextmanager
def _class(folder: Path) -> Iterator[_Site]:
    site = _Site(folder)
    with site.log.open("wb") as log:
        site.process = psutil.Popen(
            [sys.executable, "-m", "mlcl_core", "app", "--class", f"--server.port={site.port}"],
            cwd=launch.ROOT,
            env={
                **os.environ,
                "MLCL_HOME": str(folder),
                "MLCL_TEACHER": site.token,
                "NUMBA_CACHE_DIR": str(folder / "cache"),
            },
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    end = monotonic() + 2 * PATIENCE
    try:
        while True:
            with suppress(OSError), urllib.request.urlopen(f"{site.url}/_stcore/health", timeout=2):
                break
            if site.process.poll() is not None or monotonic() > end:
                raise RunFailed("the server of the class did not start")
            sleep(0.05)
        yield site
    finally:
        site.process.terminate()
        site.process.wait(timeout=20)


class _Attack:
    """One viewer with bad intentions."""

    def __init__(self, site: _Site, run: Run, chance: Random):
        from mlcl_core.bench.session_client import Visitor

        self.site, self.run, self.chance = site, run, chance
        self.acted: list[str] = []
        self.refused = 0
        self.widgets: dict[str, dict[str, str]] = {}
        self.met: set[tuple[str, str]] = set()
        self._decks: dict[str, list[tuple[str, str]]] = {}
        self._panel = ""
        teacher = Visitor(site.url, f"teacher={site.token}", PATIENCE)
        for page in PAGES:
            teacher.visit(page)
            self.widgets[page] = dict(teacher.widgets)
        self._pause = next(widget for widget in self.widgets[""] if widget.endswith("-bar.pause"))
        self._look_into_panels(teacher)
        teacher.close()
        self._viewer: Any = None
        self._page = ""
        self._before = site.changed()

    def _look_into_panels(self, teacher: Any) -> None:
        """The forms of the Train page are drawn one at a time."""
        from mlcl_core.bench.forged_messages import chosen

        teacher.visit("")
        panel = next(widget for widget in teacher.widgets if widget.endswith("-train.panel"))
        for name in PANELS:
            teacher.put([chosen(panel, name)])
            self.widgets[""] |= teacher.widgets

    def teacher_acts(self, when: str) -> None:
        """The same message that a viewer forges, from the teacher: a request is written.

        Raises:
            RunFailed: It is not.
        """
        from mlcl_core.bench.forged_messages import pressed
        from mlcl_core.bench.session_client import Visitor

        asked = len(self.run.requests())
        teacher = Visitor(self.site.url, f"teacher={self.site.token}", PATIENCE)
        teacher.visit("")
        teacher.put(pressed([self._pause]))
        teacher.close()
        if len(self.run.requests()) != asked + 1:
            raise RunFailed(f"{when} the forged messages the teacher's own did not act")
        self._before = self.site.changed()

    def one(self, kind: str) -> None:
        """One try, and what came of it."""
        done = getattr(self, f"_{kind}")()
        if self.site.changed() != self._before:
            done = f"{done or ''} files changed"
            self._before = self.site.changed()
        if started := self.site.started():
            done = f"{done or ''} started {started}"
        if done:
            self.acted.append(f"{kind}: {done}")

    def _visit(self) -> Any:
        """A viewer's session, on some page."""
        from mlcl_core.bench.session_client import Visitor

        if self._viewer is None:
            self._viewer = Visitor(self.site.url, patience=PATIENCE)
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
        """One to four widgets of the page: each has its turn before any comes again, components three times."""
        deck = self._decks.setdefault(self._page, [])
        if not deck:
            deck += [one for one in sorted(known.items()) for _ in range(3 if one[1] == "bidi_component" else 1)]
            self.chance.shuffle(deck)
        dealt = [deck.pop() for _ in range(min(len(deck), self.chance.randint(1, 4)))]
        self.met |= {(self._page, widget) for widget, _ in dealt if widget in self.widgets[self._page]}
        return dealt

    def _widgets(self) -> str:
        from mlcl_core.bench import forged_messages

        viewer = self._visit()
        known = self.widgets[self._page]
        states = forged_messages.states(self.chance, self._dealt(known | viewer.widgets))
        if self.chance.random() < 0.3:
            states = forged_messages.pressed([widget for widget in known if ACTING.search(widget)])
        try:
            viewer.put(states)
        except RunFailed:
            self.refused += 1
            self._leave()
            return ""
        except TimeoutError:
            self._leave()
            return "was not answered"
        if any(str(place).encode() in told for told in viewer.told for place in (self.site.home, launch.ROOT)):
            return "a folder was told"
        return "became a teacher" * any(ACTING.search(widget) for widget in viewer.widgets)

    def _hosts(self) -> str:
        """Open a session under another name; that it is refused is what the tab sees."""
        from mlcl_core.bench.session_client import Refused, Visitor

        name = f"{self.chance.choice(HOSTS)}:{self.site.port}"
        host = None if self.chance.random() < 0.3 else name  # a page elsewhere, or one whose name points here
        headers = {"Origin": f"http://{name}"} if host is None or self.chance.random() < 0.5 else None
        try:
            Visitor(self.site.url, patience=PATIENCE, headers=headers, host=host).close()
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
        from mlcl_core.bench.session_client import Visitor

        right = self.site.token
        near = (right[:-1], right + "x", right.swapcase(), right[::-1], right + "\x00", f" {right}", f"../{right}")
        odd = ("", " ", "x" * 5_000, "ü" * 43, "\x00", "null", "None", "true", "{token}", "%00", f"{right}&teacher=")
        wrong = self.chance.choice((*near, *odd))
        # an address may hold anything, a cookie only what goes into a header
        plain = wrong.encode("ascii", "ignore").decode().replace("\x00", "x").strip()
        by_cookie = self.chance.random() < 0.5
        if by_cookie and plain == right:
            plain = "x"
        headers = {"Cookie": f"mlcl_teacher={plain}"} if by_cookie else None
        viewer = Visitor(self.site.url, "" if by_cookie else f"teacher={quote(wrong)}", PATIENCE, headers=headers)
        try:
            viewer.visit("")
            return "became a teacher" * any(ACTING.search(widget) for widget in viewer.widgets)
        finally:
            viewer.close()

    def _frames(self) -> str:
        from mlcl_core.bench.forged_messages import frame

        viewer = self._visit()
        with suppress(Exception):
            viewer.send(frame(self.chance))
            sleep(0.05)
        self._leave()
        return ""
