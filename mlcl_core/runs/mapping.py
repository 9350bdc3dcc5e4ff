"""The maps that a run directory lacks, and how they are made; ``mlcl_core.runs.mapper`` is the process that does.

A map belongs to the content of the frame file that it was made from: after a resume, frames of the same steps are
replaced one by one, and so are their maps. Until then the old frame and its map stay together, and readers tell by the
``resumed`` event that they are void. A map without a frame (which was thinned out) is removed.
"""

import json
import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from hashlib import blake2b
from time import process_time, strftime, time
from typing import Any

import numpy as np

from mlcl_core.engine.config import MapsConfig
from mlcl_core.errors import InputError
from mlcl_core.maps import (
    MAPS,
    Map,
    Neighbours,
    directions,
    draw,
    faithfulness,
    map_moved,
    overlap,
    place,
    sample_neighbours,
    with_direction,
)
from mlcl_core.runs.files import load_arrays, save_arrays
from mlcl_core.runs.numbered import numbered_path
from mlcl_core.runs.run import Run

Scores = dict[str, float]


@dataclass(frozen=True)
class Source:
    """The frame that a map was made from: when its file was written, and a digest of its content."""

    mtime_ns: int
    digest: str


@dataclass(frozen=True)
class Ready:
    """A frame that is ready to be mapped: its items, their directions and which have one, their neighbours."""

    step: int
    source: Source
    ids: np.ndarray
    z: np.ndarray
    there: np.ndarray
    neighbours: Neighbours
    prototypes: np.ndarray | None


class RunMaps:
    """The maps of one run: which exist, which are due, and drawing them."""

    def __init__(self, run: Run, config: MapsConfig):
        """Take a run and its settings; :meth:`scan` looks at its files."""
        self.run = run
        self.config = config
        self.frames: dict[int, int] = {}
        self.refused: dict[int, int] = {}
        self._sources: dict[str, dict[int, Source]] = {name: {} for name in MAPS}
        self._folder_stamp: int | None = None
        self._ready: Ready | None = None
        self._neighbours: dict[str, tuple[int, str, Neighbours]] = {}

    # ---- existing maps

    def scan(self) -> bool:
        """Find the frames and maps that exist, and remove maps whose frame is gone or replaced.

        This is cheap when nothing has changed: a file that appears or is replaced changes the time of its folder.

        Returns:
            Whether the frames have changed.
        """
        folder = self.run.path / "frames"
        try:
            stamp = folder.stat().st_mtime_ns
        except FileNotFoundError:
            return False
        # a folder written to within its clock's tick may change once more under the same stamp
        if stamp == self._folder_stamp and time() - stamp / 1e9 > 1:
            return False
        self._folder_stamp = stamp
        before, self.frames = self.frames, {}
        for step in self.run.frame_steps():
            try:
                self.frames[step] = numbered_path(folder, step).stat().st_mtime_ns
            except FileNotFoundError:
                continue
        if self.frames == before:
            return False
        self.refused = {step: stamp for step, stamp in self.refused.items() if self.frames.get(step) == stamp}
        for name, sources in self._sources.items():
            for step in self.run.map_steps(name):
                if step not in sources:
                    sources[step] = self._read_source(name, step)
                if not self._current(name, step):
                    self._drop(name, step)
        return True

    def _read_source(self, name: str, step: int) -> Source:
        try:
            _, metadata = load_arrays(numbered_path(self.run.path / "maps" / name, step))
            return Source(**json.loads(metadata["frame"]))
        except (InputError, KeyError, TypeError, ValueError):
            return Source(0, "")

    def _current(self, name: str, step: int) -> bool:
        source, stamp = self._sources[name].get(step), self.frames.get(step)
        if source is None or stamp is None:
            return False
        if source.mtime_ns == stamp:
            return True
        # a copied run has new times and the same frames
        if source.digest and source.digest == self._digest(step):
            self._sources[name][step] = Source(stamp, source.digest)
            return True
        return False

    def _drop(self, name: str, step: int) -> None:
        # of maps drawn for every frame, that of a replaced frame stays until its successor is renamed over it: no
        # reader meets a gap
        if step not in self.frames or not MAPS[name].every_frame:
            numbered_path(self.run.path / "maps" / name, step).unlink(missing_ok=True)
        self._sources[name].pop(step, None)

    def _digest(self, step: int) -> str:
        try:
            data = numbered_path(self.run.path / "frames", step).read_bytes()
        except FileNotFoundError:
            return ""
        return blake2b(data, digest_size=8).hexdigest()

    # ---- maps that are due

    def due(self, name: str) -> list[int]:
        """Steps that lack a map of that kind, in order: every frame, or only the latest, by the map's schedule.

        The latest is the one written last, not the one of the highest step: after a resume there are frames of later
        steps from before. A frame that was refused is not due.
        """
        steps = sorted(step for step in self.frames if step not in self.refused)
        if not MAPS[name].every_frame and steps:
            steps = [max(steps, key=lambda step: (self.frames[step], step))]
        return [step for step in steps if step not in self._sources[name]]

    # ---- drawing

    def draw(self, name: str, step: int, measured: Mapping[str, float] | None = None, **options: Any) -> Scores | None:
        """Make the map of a frame and write it.

        Args:
            name: A key of MAPS.
            step: Of the frame.
            measured: Further numbers for the map's scores.
            **options: Options of the map, in place of those of the configuration.

        Returns:
            The scores, as written; None: the frame is gone, or refused (log.txt says why).

        Raises:
            OSError: The map can't be written.
        """
        started, used = time(), process_time()
        try:
            frame = self._read(step)
            if frame is None:
                return None
            before = self._previous(name, step, frame.ids)
            options = self.config.options_of(name) | options
            drawn = draw(MAPS[name], frame.z, None if before is None else before[1], **options)
        except InputError as error:
            self.refused[step] = self.frames[step]
            self.log(f"frame {step} gets no {name} map: {error}")
            return None
        scores = {**drawn.details, **faithfulness(frame.z, drawn.xy, frame.neighbours)}
        if before is not None:
            scores |= self._movement(name, before[0], before[1], frame, drawn)
        scores |= {"seconds": time() - started, "cpu_seconds": process_time() - used, **(measured or {})}
        scores = {key: float(value) for key, value in scores.items() if math.isfinite(value)}
        self._write(name, frame, drawn, scores)
        self._neighbours[name] = (step, frame.source.digest, frame.neighbours)
        return scores

    def _read(self, step: int) -> Ready | None:
        stamp = self.frames[step]
        if self._ready is not None and (self._ready.step, self._ready.source.mtime_ns) == (step, stamp):
            return self._ready
        digest = self._digest(step)
        if not digest:
            return None
        frame = self.run.frame(step)
        if frame.z.ndim != 2 or frame.ids.shape != frame.z.shape[:1]:
            raise InputError(f"z has shape {frame.z.shape} and there are {frame.ids.size} ids; one row an id is needed")
        z = directions(frame.z)
        prototypes = None if frame.prototypes is None else directions(frame.prototypes)
        self._ready = Ready(
            step,
            Source(stamp, digest),
            frame.ids.astype(np.int64),
            z,
            with_direction(z),
            sample_neighbours(z),
            prototypes,
        )
        return self._ready

    def _previous(self, name: str, step: int, ids: np.ndarray) -> tuple[int, np.ndarray] | None:
        earlier = [other for other in self._sources[name] if other < step]
        if not earlier:
            return None
        try:
            there = self.run.map(name, max(earlier))
        except InputError:
            return None
        usable = np.array_equal(there.ids, ids) and there.xy.shape == (len(ids), 2) and np.isfinite(there.xy).all()
        if not usable:
            return None
        xy = there.xy.astype(np.float32)
        if there.apart is not None:
            xy[there.apart] = np.nan  # items drawn apart had no place
        return there.step, xy

    def _movement(self, name: str, before: int, xy: np.ndarray, frame: Ready, drawn: Map) -> dict[str, float]:
        both = frame.there & np.isfinite(xy).all(1)
        moved = {"previous_step": float(before), "map_moved": map_moved(xy[both], drawn.xy[both])}
        kept = self._neighbours.get(name)
        try:
            if kept is not None and (kept[0], kept[1]) == (before, self._sources[name][before].digest):
                neighbours = kept[2]
            else:
                neighbours = sample_neighbours(directions(self.run.frame(before).z))
        except InputError:
            # the frame of the map before is gone: the movement of the model is unknown
            return moved
        if neighbours.items == frame.neighbours.items:
            moved["model_moved"] = 1.0 - overlap(neighbours, frame.neighbours)
        return moved

    def _write(self, name: str, frame: Ready, drawn: Map, scores: Scores) -> None:
        metadata = {"scores": json.dumps(scores), "frame": json.dumps(asdict(frame.source))}
        path = numbered_path(self.run.path / "maps" / name, frame.step)
        arrays = {"ids": frame.ids, "xy": drawn.xy}
        if not frame.there.all():
            arrays["apart"] = (~frame.there).astype(np.uint8)
        if frame.prototypes is not None:
            arrays["prototypes"] = self._prototypes(frame, frame.prototypes, drawn)
        save_arrays(path, arrays, metadata, within=self.run.path)
        self._sources[name][frame.step] = frame.source

    def _prototypes(self, frame: Ready, prototypes: np.ndarray, drawn: Map) -> np.ndarray:
        # a prototype without a direction, or without an item that has one, has no place
        xy = np.full((len(prototypes), 2), np.nan, np.float32)
        where = with_direction(prototypes) & frame.there.any()
        items, spots = frame.z[frame.there].astype(np.float64), drawn.xy[frame.there].astype(np.float64)
        xy[where] = place(prototypes[where].astype(np.float64), items, spots)
        return xy

    def log(self, text: str) -> None:
        """Add a line to the run's log.txt; on a full disk the line is lost."""
        with suppress(OSError), (self.run.path / "log.txt").open("a", encoding="utf-8") as file:
            file.write(f"{strftime('%Y-%m-%d %H:%M:%S')} mapper: {text}\n")
