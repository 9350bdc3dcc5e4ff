"""Ways to open a home with an edited run: the command line, and the pages."""

import contextlib
import io
import json
import logging
import os
import random
from pathlib import Path

import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import state
from dashboard.parts.frame import live
from mlcl_core.bench.faults_homes import EDITED, MAX_LINE, NEIGHBOUR, SECONDS, Found, plain
from mlcl_core.cli import main

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("train", "runs", "map", "anchor", "compare", "study", "learn")
PANELS = ("Numbers", "Health", "Result", "Runs")
LESSONS = ("pull_and_push", "watch_it_train", "what_maps_hide", "starve_and_blur")


def command(*arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of ``mlcl``, in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(list(arguments))
    return code, out.getvalue(), err.getvalue()


def command_line(home: Path, _: int = 0) -> Found:
    """List the runs and show the edited one."""
    wrong, told, place = [], False, ("--home", str(home))
    try:
        code, out, err = command("runs", "--json", *place)
        rows = {row["id"]: row for row in json.loads(out)["runs"]}
        if code or err or rows.get(NEIGHBOUR, {}).get("state") != "finished" or "error" in rows[NEIGHBOUR]:
            wrong.append(f"mlcl runs --json: exit code {code}, {err[:200]}, the neighbour is {rows.get(NEIGHBOUR)}")
        told = "error" in rows.get(EDITED, {"error": ""})  # a run that is gone is missed
        code, out, err = command("runs", *place)
        if code or err or len(out.splitlines()) != 1 + len(rows) + 1 or not plain(out.replace("\n", "")):
            wrong.append(f"mlcl runs: exit code {code}, {err[:200]}, {len(out.splitlines())} lines")
        for more in ((), ("--json",)):
            code, out, err = command("show", EDITED, *place, *more)
            fine = code == 0 and not err if EDITED in rows and "config" not in err else code == 2
            if code not in (0, 2) or not (fine or (code == 2 and _one_line(err) and not out)):
                wrong.append(f"mlcl show: exit code {code}: {err[:300]}")
            told = told or code == 2 or "no event and passed over" in out
    except Exception as error:
        wrong.append(f"the command line: {type(error).__name__}: {str(error)[:300]}")
    return wrong, told


def _one_line(text: str) -> bool:
    return text.count("\n") == 1 and text.endswith("\n") and len(text) <= MAX_LINE and plain(text[:-1])


class _Kept(logging.Handler):
    """What the pages logged as unforeseen."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.stories: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        self.stories.append(f"{type(error).__name__}: {str(error)[:300]}")


def _page(home: Path, page: str, chance: random.Random) -> Found:
    kept, before = _Kept(), os.environ.get("MLCL_HOME")
    live.LOG.addHandler(kept)
    os.environ["MLCL_HOME"] = str(home)
    try:
        app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=SECONDS)
        app.session_state[state.OPENED] = True  # "/" is the Train page
        app.session_state[state.RUN] = EDITED
        app.session_state[state.PANEL] = chance.choice(PANELS)
        app.session_state[state.SOURCE] = chance.choice(("watched items", "batch just trained on"))
        app.session_state[state.MAP_TABLE] = chance.random() < 0.5
        app.session_state[state.COLOUR] = chance.choice(("relation", "label", "count", "split"))
        app.run()
        if page != "train":
            app.switch_page(f"../pages/{page}.py").run()
        if page == "learn" and not app.exception:
            app.button(key=f"learn.begin.{chance.choice(LESSONS)}").click().run()
        boxes = [f"{one.value}" for one in app.exception]
        said = [str(one.value) for one in (*app.error, *app.markdown)]
        told = any("🛑" in one or "material/warning" in one for one in said) or bool(app.error)
        wrong = [f"{page}: an exception box: {one[:300]}" for one in boxes]
        wrong += [f"{page}: unforeseen: {story}" for story in kept.stories]
        wrong += [f"{page}: {len(one.value)} characters" for one in app.error if len(one.value) > MAX_LINE]
        return wrong, told
    except Exception as error:
        return [f"{page}: {type(error).__name__}: {str(error)[:300]}"], False
    finally:
        live.LOG.removeHandler(kept)
        st.cache_resource.clear()
        if before is None:
            os.environ.pop("MLCL_HOME", None)
        else:
            os.environ["MLCL_HOME"] = before


def pages(home: Path, seed: int) -> Found:
    """Train, Map, Anchor and a lesson, on the edited run."""
    found = [_page(home, page, random.Random(seed)) for page in PAGES]
    return [line for wrong, _ in found for line in wrong], any(told for _, told in found)
