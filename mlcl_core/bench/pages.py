"""Response times of the dashboard, each beside an empty Streamlit page on the same machine in the same minute.

Measured over the protocol of a browser tab, from the request to the end of the script, without the browser's own time;
a toggle on Relations and the way from card to card on Learn also in a real Chromium, from the click to the repainted
page. The runs on the pages are synthetic, written by the writers of real runs; two legs train, one of them watched by
four sessions.
"""

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from threading import Event, Thread
from time import monotonic, perf_counter, sleep, time
from typing import Any

import numpy as np
import psutil

from mlcl_core.bench.intervals import rate
from mlcl_core.bench.live import items_a_step, speed_unwatched, train_watched
from mlcl_core.bench.servers import Server, serving
from mlcl_core.bench.session_client import SessionClient
from mlcl_core.bench.synthetic_run import add_frame, end_run, linked_runs, synthetic_run
from mlcl_core.bench.synthetic_study import synthetic_study
from mlcl_core.engine import preset
from mlcl_core.engine.map_fields import only_maps
from mlcl_core.errors import RunFailed
from mlcl_core.home_directory import home_directory
from mlcl_core.runs.run import Run
from mlcl_core.runs.store import Store

PAGES = ("map", "anchor", "compare", "study", "runs", "data", "relations", "")
TOKEN = "the-bench-has-this"
FRAME_SECONDS = 2.5  # between two frames of the preset icons on two cores
WARM_UP = 1  # steps left out
MIN_SECONDS = 6.0  # of training with ``quick``: a busy machine must do more than two steps
# settings with ``quick``
SMALL: dict[str, Any] = {"model.width": 8, "watch.items": 60, "training.batch_size": 32}
EMPTY = """import streamlit as st
def one(): st.write("one")
def two():
    st.write("two")
    st.fragment(lambda: st.write("three"), run_every=60, key="f")()
st.navigation([st.Page(one, default=True), st.Page(two)], position="top").run()
"""


def pages(
    *,
    items: int = 2_000,
    many_items: int = 20_000,
    repeats: int = 12,
    seconds: float = 15.0,
    rounds: int = 6,
    viewers: int = 30,
    many_runs: int = 500,
    study_seeds: int = 10,
    browser: bool = True,
    quick: bool = False,
) -> dict[str, Any]:
    """Measure the start of the server, the first page, page changes, anchor changes, and the cost of viewers.

    Args:
        items: Watched items of the run on the pages.
        many_items: Watched items of a large run.
        repeats: Number of page changes, and of anchor changes, of which the median is taken.
        seconds: Length of each of the three legs with 1, 4 and ``viewers`` watchers of a run that has a new frame
            every 2.5 s; and of each stretch of training.
        rounds: How often the training is measured without and with four sessions, in turn.
        viewers: Sessions in the last leg, the teacher's among them, in class mode.
        many_runs: Runs in the home directory when the page Runs is opened: for the first time, with no picture, curve
            or size of any of them made yet, and again from another page (median).
        study_seeds: A hundredth of the cells of the study on the page Study, on each of two data sets: 10 make 2,000
            rows. Opened for the first time, with nothing of it computed, and again from another page (median).
        browser: Whether toggles on Relations and steps from card to card are measured in Chromium too: as the machine
            is, and beside a training.
        quick: Small sizes, to see that the bench works.

    Returns:
        Seconds and, for each, the ratio to the empty page; items a second of a training unwatched and watched by four
        sessions; for 1, 4 and all viewers: seconds and CPU seconds of the server per tick, and how many of the written
        frames each viewer received; how much each further viewer adds to a tick; in the browser, what
        :func:`mlcl_core.bench.pages_browser.in_browser` returns.

    Raises:
        InputError: There is no Chromium, and ``browser`` is not off.
        RunFailed: A server does not start, or a page shows an exception.
    """
    if quick:
        items, many_items, repeats, seconds, rounds, viewers, many_runs = 60, 120, 2, 3.0, 1, 3, 5
        study_seeds = 1
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="mlcl-pages-") as folder:
        store = Store(home_directory(folder))
        empty = _empty(Path(folder), repeats)
        large = synthetic_run(store, "large", many_items, alive=False)
        run = synthetic_run(store, "small", items, alive=True)
        with _serving(("mlcl_core", "app"), Path(folder)) as server:
            url = server.url
            first = _first(url)
            answers = {"server_up": server.seconds, "first_page": first, "page_to_page": _between(url, PAGES, repeats)}
            answers[f"anchor_{items}"] = _anchors(url, run, repeats)
            watched = {
                str(count): _measure_viewers(url, server.process, run, count, seconds)
                for count in dict.fromkeys((1, 4, viewers))
            }
            store.delete(end_run(run))
            training = _training(url, store, max(seconds, MIN_SECONDS), rounds, SMALL if quick else {})
            clicks = _clicks(url, store, Path(folder), repeats, SMALL if quick else {}) if browser else {}
            answers[f"anchor_{many_items}"] = _anchors(url, large, repeats)
            opened = _opened_with(many_runs, store, large, url, repeats)
            opened |= _study_opened(store.home, study_seeds, url, repeats)
            answers |= opened
    return {
        "cores": psutil.cpu_count(),
        "load_before": round(load, 2),
        **_beside_empty(answers, empty, opened),
        "viewers": watched,
        "training": training,
        "browser": clicks,
        "each_further_viewer_adds": {
            name: round((watched["4"][key] / watched["1"][key] - 1) / 3, 3)
            for name, key in (("tick", "tick_seconds"), ("cpu_a_tick", "cpu_seconds_a_tick"))
        },
    }


def _beside_empty(
    answers: Mapping[str, float], empty: Mapping[str, float], opened: Iterable[str]
) -> dict[str, dict[str, float]]:
    """The seconds of all, those of the empty page, and the ratio of each to the part of that page like it."""
    peers = {"server_up": empty["up"], "first_page": empty["first"], "page_to_page": empty["page"]}
    peers |= dict.fromkeys(opened, empty["page"])
    return {
        "seconds": {name: round(value, 3) for name, value in answers.items()},
        "empty_seconds": {name: round(value, 3) for name, value in empty.items()},
        "ratio_to_empty": {
            name: round(value / peers.get(name, empty["fragment"]), 1) for name, value in answers.items()
        },
    }


def _serving(command: tuple[str, ...], home: Path) -> AbstractContextManager[Server]:
    return serving(command, home, environment={"MLCL_CLASS": "1", "MLCL_TEACHER": TOKEN})


def _empty(folder: Path, repeats: int) -> dict[str, float]:
    script = folder / "empty.py"
    script.write_text(EMPTY, encoding="utf-8")
    with _serving(("streamlit", "run", str(script)), folder) as server:
        first, page = _first(server.url), _between(server.url, ("two", ""), repeats)
        client = SessionClient(server.url)
        client.visit()
        client.visit("two")
        ticks = [client.tick(next(iter(client.timers))).seconds for _ in range(repeats)]
        client.close()
    return {"up": server.seconds, "first": first, "page": page, "fragment": median(ticks)}


def _first(url: str) -> float:
    begun = perf_counter()
    client = SessionClient(url)
    client.visit()
    taken = perf_counter() - begun
    client.close()
    return taken


def _between(url: str, names: tuple[str, ...], repeats: int) -> float:
    """Median seconds of a page change, after each page was shown once."""
    client = SessionClient(url)
    client.visit()
    for name in names:
        client.visit(name)
    taken = [client.visit(names[turn % len(names)]).seconds for turn in range(max(repeats, len(names)))]
    client.close()
    return median(taken)


def _opened_with(count: int, store: Store, run: Run, url: str, repeats: int) -> dict[str, float]:
    """Seconds until the page of ``count`` runs is open: the first time, and the median of later times, from the map."""
    linked_runs(store, run, count - len(store.runs()))
    first, later = _first_and_later(url, "runs", repeats)
    return {f"runs_{count}_first": first, f"runs_{count}": later}


def _study_opened(home: Path, seeds: int, url: str, repeats: int) -> dict[str, float]:
    """Seconds until the page of a study is open, likewise."""
    rows = len(synthetic_study(home, seeds=seeds).records())
    first, later = _first_and_later(url, "study", repeats)
    return {f"study_{rows}_first": first, f"study_{rows}": later}


def _first_and_later(url: str, name: str, repeats: int) -> tuple[float, float]:
    """Seconds until a page is open: the first time, and the median of later times, from the map."""
    client = SessionClient(url)
    client.visit()
    client.visit("map")
    first, later = client.visit(name).seconds, []
    for _ in range(repeats):
        client.visit("map")
        later.append(client.visit(name).seconds)
    client.close()
    return first, median(later)


def _anchors(url: str, run: Run, repeats: int) -> float:
    """Median seconds from a click on a new point of the Anchor page until its pairs are shown."""
    client = SessionClient(url)
    client.visit()
    client.visit("anchor")
    ids = np.random.default_rng(1).permutation(run.watched_items().ids)
    taken = []
    for item in ids[: repeats + 1]:
        answer = client.pick(int(item), run.id)
        if answer.anchor != item:
            raise RunFailed(f"the page shows the anchor {answer.anchor}, not {item}")
        taken.append(answer.seconds)
    client.close()
    return median(taken[1:])


@dataclass
class Received:
    """Seconds of each tick of all sessions on a page, and the steps of the frames that each session received."""

    ticks: list[float]
    seen: list[set[int]]


@contextmanager
def _watching(url: str, count: int) -> Iterator[Received]:
    """The teacher's and ``count - 1`` further sessions on the Map page, for as long as the block lasts.

    Raises:
        RunFailed: A session received no answer.
    """
    ended, received, failed = Event(), Received([], [set[int]() for _ in range(count)]), list[BaseException]()
    clients = [SessionClient(url, "" if place else f"teacher={TOKEN}") for place in range(count)]
    for client in clients:
        client.visit()
        client.visit("map")

    def watch(place: int) -> None:
        client = clients[place]
        due = {fragment: monotonic() + 0.1 * (place % 5) for fragment in client.timers}
        try:
            while not ended.is_set():
                fragment = min(due, key=due.__getitem__)
                if ended.wait(max(0.0, due[fragment] - monotonic())):
                    return
                answer = client.tick(fragment)
                received.ticks.append(answer.seconds)
                received.seen[place].update(answer.steps)
                # timers of a browser run on while the server works; ticks that were due meanwhile are dropped
                late = monotonic() - due[fragment]
                every = client.timers[fragment]
                due[fragment] += every * (1 + late // every)
        except Exception as error:
            failed.append(error)

    threads = [Thread(target=watch, args=(place,)) for place in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield received
    finally:
        ended.set()
        for thread in threads:
            thread.join()
        for client in clients:
            client.close()
    if failed:
        raise RunFailed(f"a session received no answer: {failed[0]}")


def _measure_viewers(url: str, server: psutil.Process, run: Run, count: int, seconds: float) -> dict[str, Any]:
    """What sessions receive of a run that is alive, and what they cost the server."""
    written = []
    with _watching(url, count) as received:
        begun, end = _cpu(server), monotonic() + seconds
        while monotonic() < end:
            written.append(add_frame(run))
            sleep(FRAME_SECONDS)
        sleep(2.0)  # for the last frame
        used, ticks = _cpu(server) - begun, len(received.ticks)
    got = [len(one & set(written)) for one in received.seen]
    return {
        "ticks": ticks,
        "tick_seconds": round(median(received.ticks), 4),
        "cpu_seconds_a_tick": round(used / ticks, 4),
        "frames_written": len(written),
        "frames_seen": {"fewest": min(got), "median": int(median(got))},
    }


def _training(url: str, store: Store, seconds: float, rounds: int, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Speed of one training, in turns without a session and with four; before it, speed of the bare engine.

    The turns are within one run, because two runs differ by more than four sessions cost.
    """
    base = preset("icons").with_settings({"training.epochs": 100_000, **only_maps([]), **settings})
    alone = speed_unwatched(base, seconds, WARM_UP)
    spans: dict[str, list[tuple[float, float]]] = {"no_page_open": [], "watched_by_four": []}

    def stretches() -> None:
        sleep(seconds / 2)  # its mapper starts meanwhile
        for turn in range(rounds):
            for leg in sorted(spans, reverse=turn % 2 == 1):
                with _watching(url, 4) if leg == "watched_by_four" else nullcontext():
                    begun = time()
                    sleep(seconds)
                    spans[leg].append((begun, time()))

    run = train_watched(store, base, "watched by four", stretches)
    at, items = [line["at"] for line in run.events("step")], items_a_step(run)
    speeds = {
        leg: [rate([moment for moment in at if begun <= moment <= ended], items, WARM_UP) for begun, ended in found]
        for leg, found in spans.items()
    }
    store.delete(run)  # the pages show the newest run
    ratios = [four / none for none, four in zip(*speeds.values(), strict=True)]
    return {
        "unwatched": round(alone, 2),
        **{leg: [round(speed, 2) for speed in measured] for leg, measured in speeds.items()},
        "ratio": {
            "to_no_page_open": round(median(ratios), 3),
            "lowest": round(min(ratios), 3),
            "to_unwatched": round(median(speeds["watched_by_four"]) / alone, 3),
        },
    }


def _clicks(url: str, store: Store, folder: Path, repeats: int, settings: Mapping[str, Any]) -> dict[str, Any]:
    """What clicks in a browser take: as the machine is, and beside a training, whose run is then on the pages."""
    from mlcl_core.bench.pages_browser import in_browser  # needs Playwright

    found = {"as_it_is": in_browser(url, folder, repeats)}
    base = preset("icons").with_settings({"training.epochs": 100_000, **only_maps([]), **settings})

    def beside() -> None:
        found["beside_a_training"] = in_browser(url, folder, repeats)

    store.delete(train_watched(store, base, "beside the pages", beside))
    return found


def _cpu(process: psutil.Process) -> float:
    used = process.cpu_times()
    return used.user + used.system


__all__ = ["pages"]
