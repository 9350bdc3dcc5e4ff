"""The point cloud against regl-scatterplot, in one browser: times of frames of pan and hover, of picks, of a lasso.

A frame is the time between two animation frames, at whose end one pixel is read back, so that the drawing is done.
Beside it: bytes and server time of the messages that carry frames to the cloud.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import numpy as np
import psutil

from mlcl_core.bench.cloud_page import (
    HEIGHT,
    WIDTH,
    blank,
    chromium,
    measure_arrival,
    measure_ours,
    measure_peer,
    peers_folder,
    show,
)
from mlcl_core.bench.servers import serving
from mlcl_core.bench.session_client import SessionClient
from mlcl_core.bench.synthetic_run import add_frame, end_run, synthetic_run
from mlcl_core.home_directory import home_directory
from mlcl_core.runs.run import Run
from mlcl_core.runs.store import Store

SIZES = (2_000, 20_000, 100_000)
LABELS, CLUSTERS = 20, 12
NO_WEBGL = ("--disable-gpu", "--disable-3d-apis")
MARGIN = 26  # of the first view, in CSS pixels
TARGETS = 40
OPACITY = 0.92


def cloud(*, rounds: int = 3, moves: int = 40, lassos: int = 5, quick: bool = False) -> dict[str, Any]:
    """Measure our cloud with WebGL and without, and regl-scatterplot, in turns.

    Args:
        rounds: How often all take their turn; of each number the lowest of the rounds is taken.
        moves: Frames of one pan, and of one walk of the pointer over points; their median is taken.
        lassos: Lassos of one turn.
        quick: One round of few points, to see that the bench works.

    Returns:
        For each number of points and each of ``ours_webgl``, ``ours_2d`` and ``regl_scatterplot``, milliseconds:
        ``pan`` and ``hover`` (a frame), ``pan_script`` (of it in JavaScript), ``pick`` (the event of the pointer that
        finds the point), ``lasso`` (from a polygon of 64 corners until the selection is drawn), ours also ``arrived``
        (from the bytes of a new frame to its first picture) and ``moving`` (a frame of the way to it); the ratio of
        our WebGL to the peer; what draws; what a message costs; and what a tick of the Map page with a new frame
        costs the server, in bytes of all its messages, seconds, and seconds of its processors.

    Raises:
        InputError: npm or Chromium is missing.
        RunFailed: The peer is not installed, or a page reports an error.
    """
    from playwright.sync_api import sync_playwright

    sizes = (500,) if quick else SIZES
    rounds, moves, lassos = (1, 6, 2) if quick else (rounds, moves, lassos)
    load = os.getloadavg()[0]
    peers = peers_folder(home_directory() / "cache" / "bench-cloud")
    cases = {n: Case(n) for n in sizes}
    turns: dict[int, dict[str, list[dict[str, float]]]] = {n: {} for n in sizes}
    drawn: dict[str, str] = {}
    with sync_playwright() as playwright:
        with_webgl, without = chromium(playwright), chromium(playwright, *NO_WEBGL)
        version = with_webgl.version
        for _ in range(rounds):
            for n, case in cases.items():
                plan = case.plan(moves, lassos)
                for name, browser, renderer in (("ours_webgl", with_webgl, "webgl2"), ("ours_2d", without, "")):
                    with blank(browser) as page:
                        drawn[name] = show(page, case.message, renderer=renderer)
                        turn = measure_ours(page, plan) | measure_arrival(page, case.frame(1).message())
                        turns[n].setdefault(name, []).append(summary(turn))
                with blank(with_webgl, peers) as page:
                    turns[n].setdefault("regl_scatterplot", []).append(summary(measure_peer(page, case.points(), plan)))
        with blank(with_webgl) as page:
            drawn["chosen"] = show(page, cases[sizes[0]].message)
        with_webgl.close()
        without.close()
    return {
        "cores": psutil.cpu_count(),
        "load_before": round(load, 2),
        "chromium": version,
        "canvas": [WIDTH, HEIGHT],
        "drawn_by": drawn,
        "milliseconds": {str(n): best(found) for n, found in turns.items()},
        "messages": {str(n): case.costs() for n, case in cases.items()},
        "ticks": ticks(sizes, 3 if quick else 6),
    }


class Case:
    """Points in clusters, coloured by their number of labels, as a message to our cloud and as input of a peer."""

    def __init__(self, n: int) -> None:
        """Draw ``n`` points."""
        from dashboard.figures.wire import unpack

        generator = np.random.default_rng(n)
        centres = generator.normal(size=(CLUSTERS, 2))
        self.xy = centres[generator.integers(CLUSTERS, size=n)] + 0.25 * generator.normal(size=(n, 2))
        self.labels = generator.random((n, LABELS)) < 2.5 / LABELS
        self.generator = generator
        self.message = self.frame(0).message()
        self.header, self.arrays = unpack(self.message)

    def frame(self, step: int) -> Any:
        """The points after ``step`` small moves."""
        from dashboard.figures.cloud import CloudFrame, alt_text
        from dashboard.figures.colourings.cardinality import by_label_count

        colouring = by_label_count(self.labels)
        moved = self.xy + 0.01 * step * self.generator.normal(size=self.xy.shape)
        alt = alt_text("PCA", step, colouring)
        return CloudFrame(moved, colouring, items="i", run="r", step=step, map_name="pca", status="", alt=alt)

    def places(self) -> np.ndarray:
        """Pixels of the points in the first view of our cloud, [n 2]."""
        left, bottom, right, top = self.header["box"]
        xy = self.arrays["xy"].reshape(-1, 2) / 65535 * [right - left, top - bottom] + [left, bottom]
        left, bottom, right, top = self.header["extent"]
        scale = min((WIDTH - 2 * MARGIN) / (right - left), (HEIGHT - 2 * MARGIN) / (top - bottom))
        x = (xy[:, 0] - (left + right) / 2) * scale + WIDTH / 2
        y = HEIGHT / 2 - (xy[:, 1] - (bottom + top) / 2) * scale
        return np.stack([x, y], axis=1)

    def plan(self, moves: int, lassos: int) -> dict[str, Any]:
        """What is done to each cloud: the same moves, and the pointer on the same points."""
        places = self.places()
        seen = np.flatnonzero(((places > MARGIN) & (places < [WIDTH - MARGIN, HEIGHT - MARGIN])).all(1))
        targets = places[np.random.default_rng(1).choice(seen, TARGETS)].tolist()
        return {"width": WIDTH, "height": HEIGHT, "moves": moves, "lassos": lassos, "targets": targets}

    def points(self) -> dict[str, Any]:
        """The points as regl-scatterplot takes them: the middle of its canvas is 0, its upper edge 1."""
        places = self.places()
        marks = sorted(self.header["legend"], key=lambda entry: entry["code"])
        radius = 3.4 + 4.6 * float(np.sqrt(1 / 7))  # of marks.js, at the size of all points here
        return {
            "width": WIDTH,
            "height": HEIGHT,
            "opacity": OPACITY,
            "x": ((places[:, 0] - WIDTH / 2) / (HEIGHT / 2)).tolist(),
            "y": ((HEIGHT / 2 - places[:, 1]) / (HEIGHT / 2)).tolist(),
            "code": self.arrays["code"].tolist(),
            "colours": [entry["colour"] for entry in marks],
            "sizes": [4.4 if entry["shape"] == "dot" else 2 * radius for entry in marks],
        }

    def costs(self) -> dict[str, float]:
        """Size of a frame's message, and the milliseconds that it takes to make it."""
        taken = []
        for step in range(1, 6):
            begun = perf_counter()
            message = self.frame(step).message()
            taken.append(1000 * (perf_counter() - begun))
        return {"bytes": len(message), "milliseconds": round(median(taken), 2)}


def ticks(sizes: Iterable[int], count: int) -> dict[str, dict[str, float]]:
    """Medians over ``count`` ticks of the Map page, each with a new frame, for runs of so many watched items."""
    found = {}
    with TemporaryDirectory(prefix="mlcl-cloud-") as folder:
        store = Store(home_directory(folder))
        for n in sizes:
            run = synthetic_run(store, f"of {n}", n, alive=True)
            with serving(("mlcl_core", "app"), Path(folder), environment={}) as server:
                client = SessionClient(server.url)
                client.visit()
                client.visit("map")
                found[str(n)] = _ticks(client, server.process, run, count)
                client.close()
            store.delete(end_run(run))
    return found


def _ticks(client: SessionClient, server: psutil.Process, run: Run, count: int) -> dict[str, float]:
    taken: list[tuple[float, float, float]] = []
    live = next(fragment for fragment in client.timers if client.tick(fragment).steps)
    for _ in range(count):
        add_frame(run)
        before = server.cpu_times()
        answer = client.tick(live)
        after = server.cpu_times()
        taken.append((answer.bytes, answer.seconds, after.user + after.system - before.user - before.system))
    middle = np.median(taken, axis=0)
    return {"bytes": int(middle[0]), "seconds": round(middle[1], 3), "cpu_seconds": round(middle[2], 3)}


def summary(turn: dict[str, Any]) -> dict[str, float]:
    """Medians of one turn, in milliseconds, and how many points its lassos chose."""
    middle = {
        "pan": median(one["frame"] for one in turn["pan"]),
        "pan_script": median(one["script"] for one in turn["pan"]),
        "hover": median(one["frame"] for one in turn["hover"]),
        "pick": median(one["event"] for one in turn["hover"]),
        "lasso": median(one["frame"] for one in turn["lasso"]),
    }
    if "arrived" in turn:
        middle |= {"arrived": turn["arrived"], "moving": median(turn["moving"])}
    return {**middle, "chosen": float(turn["chosen"][-1]), "hovered": float(turn["hovered"])}


def best(turns: dict[str, list[dict[str, float]]]) -> dict[str, dict[str, float]]:
    """Of each number the lowest of all turns, and the ratio of ours with WebGL to the peer."""
    lowest = {
        name: {key: round(min(turn[key] for turn in found), 2) for key in found[0]} for name, found in turns.items()
    }
    ours, peer = lowest["ours_webgl"], lowest["regl_scatterplot"]
    ratio = {key: round(ours[key] / max(peer[key], 1e-9), 2) for key in ("pan", "hover", "pick", "lasso")}
    return {**lowest, "ratio_to_regl_scatterplot": ratio}
