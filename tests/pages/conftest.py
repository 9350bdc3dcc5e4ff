"""Pages under test: the whole app on a home directory of its own."""

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from dashboard import state
from dashboard.parts.frame import live
from mlcl_core.runs.run import Run

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session", autouse=True)
def _packages_are_scanned_once() -> Iterator[None]:
    """For each AppTest Streamlit reads the metadata of all installed packages, in search of components."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty home directory that the app uses."""
    monkeypatch.setenv("MLCL_HOME", str(tmp_path / "home"))
    yield tmp_path / "home"
    st.cache_resource.clear()


@pytest.fixture(autouse=True)
def _no_part_fails(after_a_class: None, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A live part shows an unforeseen error in one line; in these tests that is a failure, like any exception."""
    yield
    failed = [record for record in caplog.get_records("call") if record.name == live.LOG.name]
    assert not failed, [record.exc_text or record.exc_info for record in failed]


@pytest.fixture
def opened(home: Path) -> Callable[[str], AppTest]:
    """Open one page of the app; no exception may reach the reader."""

    def open_page(name: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
        app.session_state[state.OPENED] = True  # not the first page of its session: no first screen
        app.run()
        if name != "train":
            app.switch_page(f"../pages/{name}.py").run()
        assert not app.exception, [one.value for one in app.exception]
        return app

    return open_page


def payloads(app: AppTest, component: str) -> list[bytes]:
    """What the app sent to the components of that name, as bytes."""
    return [bytes(proto.bytes) for proto in _protos(app, component)]


def records(app: AppTest, component: str) -> list[dict[str, Any]]:
    """What the app sent to the components of that name, as JSON."""
    return [json.loads(proto.json) for proto in _protos(app, component)]


def elements(app: AppTest) -> list[Any]:
    """All elements on the page."""
    return list(_walk(app._tree))


def _protos(app: AppTest, component: str) -> list[Any]:
    found = [getattr(element, "proto", None) for element in elements(app)]
    return [proto for proto in found if getattr(proto, "component_name", None) == component]


def choose_row(app: AppTest, run: Run, row: int) -> None:
    """Make a row of the newest batch the anchor, as a click in its cloud does."""
    item = int(run.batch(run.batch_steps()[-1]).ids[row])
    assert item in run.watched_items().ids
    app.session_state["anchor.item"] = item
    app.session_state["anchor.row"] = {"item": item, "row": row, "beside": item}


def words(app: AppTest) -> str:
    """All text that the app's plain elements show."""
    kinds = ("title", "header", "markdown", "caption", "info", "warning", "error", "success")
    return "\n".join(str(element.value) for kind in kinds for element in getattr(app, kind))


def _walk(block):
    for child in getattr(block, "children", {}).values():
        yield child
        yield from _walk(child)
