"""How fast the dashboard answers, each time against an empty Streamlit page on the same machine in the same minute.

Measured over the protocol that a browser tab speaks, from the question to the end of the script; what the browser adds
is not in it. What is looked at is written through the store's own writers; one leg trains, watched by four.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from threading import Event, Thread
from time import monotonic, perf_counter, sleep, time
from typing import Any

import numpy as np
import psutil

from mlcl_core.bench.intervals import rate
from mlcl_core.bench.live import items_a_step, speed_unwatched, train_watched
from mlcl_core.bench.ports import free_port
from mlcl_core.engine import preset
from mlcl_core.engine.map_fields import only_maps
from mlcl_core.errors import RunFailed
from mlcl_core.home_directory import home_directory
from mlcl_core.maps import FIRST_MAP
from mlcl_core.runs import launch
from mlcl_core.runs.files import append_line, save_arrays, write_json
from mlcl_core.runs.numbered import numbered_path
from mlcl_core.runs.records import Status
from mlcl_core.runs.run import Run
from mlcl_core.runs.store import Store

PAGES = ("map", "anchor", "data", "relations", "")
LABELS, DIMENSIONS = 20, 64
PATIENCE = 120.0
TOKEN = "the-bench-has-this"
FRAME_SECONDS = 2.5  # as the preset icons has them on two cores
WARM_UP = 1  # steps that are not counted
SHORTEST = 6.0  # seconds of training to see that it works: a busy machine must do more than two steps
# so that a try of the bench is over in seconds
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
    quick: bool = False,
) -> dict[str, Any]:
    """The server's start, first page, page to page, another anchor, and what viewers cost the server.

    Args:
        items: Watched items of the run that is looked at.
        many_items: Of the large one.
        repeats: Pages, and anchors, of which the median is taken.
        seconds: Length of each of the three legs with 1, 4 and ``viewers`` watchers of a run that has a new frame
            every 2.5 s; and of each stretch of training.
        rounds: How often the training is measured with nobody and with four on the pages, turn about.
        viewers: How many look on in the last leg, the teacher among them; class mode.
        quick: Small sizes, to see that it works.

    Returns:
        Seconds and, for each, the ratio to the empty page; items a second of a training unwatched and watched by four;
        for viewers: seconds and the server's CPU seconds a tick
        with 1, 4 and all of them, how much each of the three adds to a tick, and how many of the frames written each
        of all viewers got.

    Raises:
        RunFailed: A server that does not start, a page that shows an exception.
    """
    if quick:
        items, many_items, repeats, seconds, rounds, viewers = 60, 120, 2, 3.0, 1, 3
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="mlcl-pages-") as folder:
        store = Store(home_directory(folder))
        empty = _empty(Path(folder), repeats)
        large = _made(store, "large", many_items, alive=False)
        run = _made(store, "small", items, alive=True)
        with _serving(("mlcl_core", "app"), folder) as (url, server, up):
            first = _first(url)
            answers = {"server_up": up, "first_page": first, "page_to_page": _between(url, PAGES, repeats)}
            answers[f"anchor_{items}"] = _anchors(url, run, repeats)
            watched = {
                str(count): _watched(url, server, run, count, seconds) for count in dict.fromkeys((1, 4, viewers))
            }
            store.delete(_ended(run))
            training = _training(url, store, max(seconds, SHORTEST), rounds, SMALL if quick else {})
            answers[f"anchor_{many_items}"] = _anchors(url, large, repeats)
    peers = {"server_up": empty["up"], "first_page": empty["first"], "page_to_page": empty["page"]}
    one, four = watched["1"], watched["4"]
    return {
        "cores": psutil.cpu_count(),
        "load_before": round(load, 2),
        "seconds": {name: round(value, 3) for name, value in answers.items()},
        "empty_seconds": {name: round(value, 3) for name, value in empty.items()},
        "ratio_to_empty": {
            name: round(value / peers.get(name, empty["fragment"]), 1) for name, value in answers.items()
        },
        "viewers": watched,
        "training": training,
        "each_further_viewer_adds": {
            "tick": round((four["tick_seconds"] / one["tick_seconds"] - 1) / 3, 3),
            "cpu_a_tick": round((four["cpu_seconds_a_tick"] / one["cpu_seconds_a_tick"] - 1) / 3, 3),
        },
    }


def _empty(folder: Path, repeats: int) -> dict[str, float]:
    from mlcl_core.bench.session_client import Visitor

    script = folder / "empty.py"
    script.write_text(EMPTY, encoding="utf-8")
    with _serving(("streamlit", "run", str(script)), str(folder)) as (url, _, up):
        first, page = _first(url), _between(url, ("two", ""), repeats)
        visitor = Visitor(url)
        visitor.visit()
        visitor.visit("two")
        ticks = [visitor.tick(next(iter(visitor.timers))).seconds for _ in range(repeats)]
        visitor.close()
    return {"up": up, "first": first, "page": page, "fragment": median(ticks)}


def _first(url: str) -> float:
    from mlcl_core.bench.session_client import Visitor

    begun = perf_counter()
    visitor = Visitor(url)
    visitor.visit()
    taken = perf_counter() - begun
    visitor.close()
    return taken


def _between(url: str, names: tuple[str, ...], repeats: int) -> float:
    """Median seconds from page to page, after each was seen once."""
    from mlcl_core.bench.session_client import Visitor

    visitor = Visitor(url)
    visitor.visit()
    for name in names:
        visitor.visit(name)
    taken = [visitor.visit(names[turn % len(names)]).seconds for turn in range(max(repeats, len(names)))]
    visitor.close()
    return median(taken)


def _anchors(url: str, run: Run, repeats: int) -> float:
    """Median seconds of a click on a point nobody was at before, on the Anchor page, until its pairs are there."""
    from mlcl_core.bench.session_client import Visitor

    visitor = Visitor(url)
    visitor.visit()
    visitor.visit("anchor")
    ids = np.random.default_rng(1).permutation(run.watched_items().ids)
    taken = []
    for item in ids[: repeats + 1]:
        answer = visitor.pick(int(item), run.id)
        if answer.anchor != item:
            raise RunFailed(f"the page shows the anchor {answer.anchor}, not {item}")
        taken.append(answer.seconds)
    visitor.close()
    return median(taken[1:])


@dataclass
class Looks:
    """What the watchers of a page have got so far."""

    ticks: list[float]
    seen: list[set[int]]


@contextmanager
def _looking(url: str, count: int) -> Iterator[Looks]:
    """The teacher and ``count - 1`` viewers, who watch the Map page for as long as the block lasts.

    Raises:
        RunFailed: One of them got no answer.
    """
    from mlcl_core.bench.session_client import Visitor

    ended, looks, failed = Event(), Looks([], [set[int]() for _ in range(count)]), list[BaseException]()
    visitors = [Visitor(url, "" if place else f"teacher={TOKEN}") for place in range(count)]
    for visitor in visitors:
        visitor.visit()
        visitor.visit("map")

    def watch(place: int) -> None:
        visitor = visitors[place]
        due = {fragment: monotonic() + 0.1 * (place % 5) for fragment in visitor.timers}
        try:
            while not ended.is_set():
                fragment = min(due, key=due.__getitem__)
                if ended.wait(max(0.0, due[fragment] - monotonic())):
                    return
                answer = visitor.tick(fragment)
                looks.ticks.append(answer.seconds)
                looks.seen[place].update(answer.steps)
                # a browser's timers go on while the server works; what was due meanwhile falls out
                late = monotonic() - due[fragment]
                every = visitor.timers[fragment]
                due[fragment] += every * (1 + late // every)
        except Exception as error:
            failed.append(error)

    threads = [Thread(target=watch, args=(place,)) for place in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield looks
    finally:
        ended.set()
        for thread in threads:
            thread.join()
        for visitor in visitors:
            visitor.close()
    if failed:
        raise RunFailed(f"a viewer got no answer: {failed[0]}")


def _watched(url: str, server: psutil.Process, run: Run, count: int, seconds: float) -> dict[str, Any]:
    """What a number of watchers get of a run that goes on, and cost."""
    written = []
    with _looking(url, count) as looks:
        begun, end = _cpu(server), monotonic() + seconds
        while monotonic() < end:
            written.append(_next_frame(run))
            sleep(FRAME_SECONDS)
        sleep(2.0)  # the last one is on its way
        used, ticks = _cpu(server) - begun, len(looks.ticks)
    got = [len(one & set(written)) for one in looks.seen]
    return {
        "ticks": ticks,
        "tick_seconds": round(median(looks.ticks), 4),
        "cpu_seconds_a_tick": round(used / ticks, 4),
        "frames_written": len(written),
        "frames_seen": {"fewest": min(got), "median": int(median(got))},
    }


def _training(url: str, store: Store, seconds: float, rounds: int, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Speed of one training in stretches with nobody on the pages and with four, turn about; before it the bare engine.

    Stretches of one run, because two runs differ by more than four browsers cost.
    """
    base = preset("icons").with_settings({"training.epochs": 100_000, **only_maps([]), **settings})
    alone = speed_unwatched(base, seconds, WARM_UP)
    spans: dict[str, list[tuple[float, float]]] = {"no_page_open": [], "watched_by_four": []}

    def stretches() -> None:
        sleep(seconds / 2)  # its mapper starts
        for turn in range(rounds):
            for leg in sorted(spans, reverse=turn % 2 == 1):
                with _looking(url, 4) if leg == "watched_by_four" else nullcontext():
                    begun = time()
                    sleep(seconds)
                    spans[leg].append((begun, time()))

    run = train_watched(store, base, "watched by four", stretches)
    at, items = [line["at"] for line in run.events("step")], items_a_step(run)
    speeds = {
        leg: [rate([moment for moment in at if begun <= moment <= ended], items, WARM_UP) for begun, ended in found]
        for leg, found in spans.items()
    }
    store.delete(run)  # the pages show the newest one
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


def _cpu(process: psutil.Process) -> float:
    used = process.cpu_times()
    return used.user + used.system


# ---- a run that looks as if it trained


def _made(store: Store, name: str, items: int, *, alive: bool) -> Run:
    import torch

    from mlcl_core.data import LabelMatrix, MultiLabelData
    from mlcl_core.runs.write import write_watched_items

    generator = np.random.default_rng(0)
    labels = torch.from_numpy(generator.random((items, LABELS)) < 2.5 / LABELS)
    data = MultiLabelData(
        name="made",
        title="Made",
        kind="features",
        items=torch.zeros(items, 2),
        labels=LabelMatrix.of(labels),
        label_names=tuple(f"label {c}" for c in range(LABELS)),
        split=np.array((["train"] * 7 + ["validation"] + ["test"] * 2) * (items // 10 + 1))[:items],
        item_names=tuple(f"item {i}" for i in range(items)),
    )
    run = store.create(preset("icons").with_settings({"watch.items": items, **only_maps([])}), name)
    write_watched_items(run.path / "probe.parquet", data, torch.arange(items))
    _tell(run, "running" if alive else "finished")
    _next_frame(run)
    return run


def _tell(run: Run, state: str) -> None:
    alive, me = state == "running", psutil.Process()
    status = Status(
        state=state,
        step=1,
        total=100_000,
        heartbeat=time() + (86_400 if alive else 0),
        pid=me.pid if alive else None,
        started=me.create_time() if alive else None,
        host=socket.gethostname(),
    )
    write_json(run.path / "status.json", asdict(status))


def _ended(run: Run) -> Run:
    _tell(run, "finished")
    return run


def _next_frame(run: Run) -> int:
    """Write one more frame and its map; gives its step."""
    import torch

    from mlcl_core.engine.events import FrameTaken
    from mlcl_core.runs.write import write_frame

    step, count = (run.frame_steps() or [-1])[-1] + 1, len(run.watched_items().ids)
    generator = torch.Generator().manual_seed(step)
    z = torch.nn.functional.normalize(torch.randn(count, DIMENSIONS, generator=generator), dim=1)
    ids, metrics = torch.arange(count), {"loss": 1.0, "cosine_equal": 0.5, "cosine_disjoint": 0.1}
    settings = {"loss.temperature": 0.1, "optimiser.learning_rate": 0.001}
    write_frame(run.path / "frames", FrameTaken(step=step, ids=ids, z=z, h=z, metrics=metrics, settings=settings))
    scores = {"trustworthiness": 0.9, "knn_recall": 0.5, "model_moved": 0.1, "map_moved": 0.1, "seconds": 0.01}
    save_arrays(
        numbered_path(run.path / "maps" / FIRST_MAP, step),
        {"ids": ids.numpy(), "xy": z[:, :2].numpy().copy()},
        {"scores": json.dumps(scores)},
    )
    append_line(
        run.path / "events.jsonl",
        {"event": "frame", "step": step, "at": time(), "metrics": metrics, "settings": settings},
    )
    return step


# ---- servers


@contextmanager
def _serving(command: tuple[str, ...], home: str) -> Iterator[tuple[str, psutil.Process, float]]:
    """A server by its module and arguments: address, process, seconds until it was up."""
    port = free_port()
    begun = monotonic()
    child = subprocess.Popen(
        [sys.executable, "-m", *command, f"--server.port={port}", "--server.headless=true"],
        cwd=launch.ROOT,
        env={
            **os.environ,
            "MLCL_HOME": home,
            "MLCL_CLASS": "1",
            "MLCL_TEACHER": TOKEN,
            "NUMBA_CACHE_DIR": home,  # nothing is compiled for UMAP beside what is measured
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url, end = f"http://localhost:{port}", begun + PATIENCE
    try:
        while True:
            with suppress(OSError), urllib.request.urlopen(f"{url}/_stcore/health", timeout=2):
                break
            if child.poll() is not None or monotonic() > end:
                raise RunFailed(f"the server of {' '.join(command)} did not start")
            sleep(0.05)
        yield url, psutil.Process(child.pid), monotonic() - begun
    finally:
        child.terminate()
        child.wait(timeout=20)


__all__ = ["pages"]
