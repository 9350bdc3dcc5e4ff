"""Damages to the files of a run, by kind of file: bytes, JSON objects, lines, arrays, tables."""

import io
import json
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from safetensors.numpy import load, save

from mlcl_core.maps import FIRST_MAP
from mlcl_core.runs.numbered import numbered_path
from mlcl_core.runs.run import Run
from mlcl_core.runs.run_data import ROWS

LINES, OBJECTS = ("events", "requests"), ("config", "data", "meta", "status")
ARRAYS = ("frame", "map", "batch", "rows")
KINDS = (*OBJECTS, *LINES, *ARRAYS, "probe")
Damage = Callable[[Path, random.Random], None]


def file_of(run: Run, kind: str) -> Path:
    """Path of the file of a kind; of numbered files, the newest, which the pages show first."""
    if kind == "frame":
        return numbered_path(run.path / "frames", run.frame_steps()[-1])
    if kind == "map":
        return numbered_path(run.path / "maps" / FIRST_MAP, run.map_steps(FIRST_MAP)[-1])
    if kind == "batch":
        return numbered_path(run.path / "batches", run.batch_steps()[-1])
    if kind == "rows":
        return run.path / ROWS
    ending = {"probe": "parquet", "events": "jsonl", "requests": "jsonl"}.get(kind, "json")
    return run.path / f"{kind}.{ending}"


def damages(kind: str) -> dict[str, Damage]:
    """The damages of a kind of file, by name."""
    if kind in OBJECTS:
        return {**_OF_FILES, **_OF_OBJECTS}
    if kind in LINES:
        return {**_OF_FILES, **_OF_LINES}
    return {**_OF_FILES, **(_OF_TABLES if kind == "probe" else _OF_ARRAYS)}


def _put(path: Path, data: bytes) -> None:
    path.unlink()
    path.write_bytes(data)


def _cut(path: Path, chance: random.Random) -> None:
    data = path.read_bytes()
    _put(path, data[: chance.randrange(1, len(data))])


def _flipped(path: Path, chance: random.Random) -> None:
    data = bytearray(path.read_bytes())
    for _ in range(20):
        data[chance.randrange(min(len(data), 4_000))] = chance.randrange(256)
    _put(path, bytes(data))


def _swapped(path: Path, chance: random.Random) -> None:
    run = Run(path.parents[{"frames": 1, "batches": 1, FIRST_MAP: 2}.get(path.parent.name, 0)])
    others = [other for other in (file_of(run, kind) for kind in KINDS) if other != path]
    _put(path, chance.choice(others).read_bytes())


def _instead(make: Callable[[Path], Any]) -> Damage:
    def damage(path: Path, _: random.Random) -> None:
        path.unlink()
        make(path)

    return damage


def _unreadable(path: Path, _: random.Random) -> None:
    data = path.read_bytes()
    _put(path, data)
    path.chmod(0)  # no effect for the superuser


_OF_FILES: dict[str, Damage] = {
    "missing": lambda path, _: path.unlink(),
    "empty": lambda path, _: _put(path, b""),
    "cut": _cut,
    "zeros": lambda path, _: _put(path, bytes(len(path.read_bytes()))),
    "noise": lambda path, chance: _put(path, chance.randbytes(5_000)),
    "flipped bytes": _flipped,
    "another file": _swapped,
    "folder": _instead(Path.mkdir),
    "pipe": _instead(os.mkfifo),
    "link to nothing": _instead(lambda path: path.symlink_to("nowhere")),
    "link to itself": _instead(lambda path: path.symlink_to(path.name)),
    "link to a device": _instead(lambda path: path.symlink_to("/dev/zero")),
    "unreadable": _unreadable,
}

ODD_VALUES: tuple[Any, ...] = (
    None, True, -1, -(10**12), 10**400, 1e300, float("nan"), float("inf"), "", "x", "x" * 10**6, "\x1b[2J\u202e\n<b>",
    [], [1, [2]], {}, {"a": {"b": 1}}, "5", 0.5,
)  # fmt: skip


def _places(tree: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for key, value in tree.items() if isinstance(tree, dict) else ():
        yield (*above, key)
        yield from _places(value, (*above, key))


def _with_odd_value(tree: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    *above, key = chance.choice(list(_places(tree)))
    inside = tree
    for one in above:
        inside = inside[one]
    inside[key] = chance.choice(ODD_VALUES)
    return tree


def _without_a_key(tree: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    tree.pop(chance.choice(list(tree)))
    return tree


def _wrapped(tree: dict[str, Any], chance: random.Random) -> Any:
    return chance.choice(([tree], {"config": tree}, [[]], "text", 7))


def _text(tree: Any) -> bytes:
    return json.dumps(tree).encode()


def _deep(tree: dict[str, Any], chance: random.Random) -> bytes:
    opening, closing = chance.choice((("[", "]"), ('{"a":', "}")))
    depth = chance.choice((200, 100_000))
    inner = opening * depth + "1" + closing * depth
    return _text(tree)[:-1] + f', "{chance.choice(["more", *tree])}": {inner}}}'.encode()


_OF_TREES: dict[str, Callable[[dict[str, Any], random.Random], bytes]] = {
    "odd value": lambda tree, chance: _text(_with_odd_value(tree, chance)),
    "odd values": lambda tree, chance: _text(_with_odd_value(_with_odd_value(tree, chance), chance)),
    "missing key": lambda tree, chance: _text(_without_a_key(tree, chance)),
    "unknown keys": lambda tree, chance: _text({**tree, "mood": "good", "x" * 10**6: [chance.random()]}),
    "wrong nesting": lambda tree, chance: _text(_wrapped(tree, chance)),
    "deep nesting": _deep,
}


def _object(name: str) -> Damage:
    return lambda path, chance: _put(path, _OF_TREES[name](json.loads(path.read_bytes()), chance))


def _line(name: str) -> Damage:
    """Damage a few lines, the last two among them, which the pages show."""

    def damage(path: Path, chance: random.Random) -> None:
        lines = path.read_bytes().splitlines()
        for place in {len(lines) - 1, len(lines) - 2, *(chance.randrange(len(lines)) for _ in range(6))}:
            lines[place] = _OF_TREES[name](json.loads(lines[place]), chance)
        _put(path, b"\n".join(lines) + b"\n")

    return damage


_OF_OBJECTS: dict[str, Damage] = {name: _object(name) for name in _OF_TREES}
_OF_LINES: dict[str, Damage] = {name: _line(name) for name in _OF_TREES}


def _arrays(change: Callable[[dict[str, np.ndarray], dict[str, str], random.Random], None]) -> Damage:
    def damage(path: Path, chance: random.Random) -> None:
        data = path.read_bytes()
        arrays = {name: array.copy() for name, array in load(data).items()}
        header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
        metadata = dict(header.get("__metadata__", {}))
        change(arrays, metadata, chance)
        kept = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
        _put(path, save(kept, metadata=metadata or None))

    return damage


def _one_array(change: Callable[[np.ndarray, random.Random], np.ndarray]) -> Damage:
    def damage(arrays: dict[str, np.ndarray], _: dict[str, str], chance: random.Random) -> None:
        name = chance.choice(list(arrays))
        arrays[name] = change(arrays[name], chance)

    return _arrays(damage)


def _filled(value: float) -> Callable[[np.ndarray, random.Random], np.ndarray]:
    def change(array: np.ndarray, chance: random.Random) -> np.ndarray:
        flat = array.astype(np.float32).reshape(-1)
        flat[chance.randrange(len(flat)) :: chance.choice((1, 97))] = value
        return flat.reshape(array.shape)

    return change


def _other_shape(array: np.ndarray, chance: random.Random) -> np.ndarray:
    return chance.choice((array[:-1], array[None], array.reshape(-1), array[:0], array[..., :1], array.T))


def _other_type(array: np.ndarray, chance: random.Random) -> np.ndarray:
    return array.astype(chance.choice((np.float64, np.int8, np.uint32, np.int64, np.bool_, np.float16)))


def _other_items(arrays: dict[str, np.ndarray], _: dict[str, str], chance: random.Random) -> None:
    name = "ids" if "ids" in arrays else "split"
    ids = arrays[name].astype(np.int64)
    arrays[name] = chance.choice((ids + 10**6, ids[::-1], np.zeros_like(ids), -ids - 1, ids.astype(np.float32)))


def _other_metadata(_: dict[str, np.ndarray], metadata: dict[str, str], chance: random.Random) -> None:
    odd = ("", "{", "[]", "null", '{"a": NaN}', '{"knn_recall": "high", "loss.temperature": "low"}', "[" * 10**5,
           '{"knn_recall": 1e400, "trustworthiness": {}}', '{"previous_step": -1e300, "model_moved": 2}', "x" * 10**6,
           '{"loss.temperature": -5, "seconds": -1e9}', '{"loss.temperature": 0}')  # fmt: skip
    for name in ("scores", "settings", "frame"):
        metadata[name] = chance.choice(odd)


def _without_an_array(arrays: dict[str, np.ndarray], _: dict[str, str], chance: random.Random) -> None:
    arrays.pop(chance.choice(list(arrays)))


def _more_arrays(arrays: dict[str, np.ndarray], _: dict[str, str], chance: random.Random) -> None:
    for name in ("prototypes", "pictures", "y", "x" * 10_000):
        shape = tuple(chance.choice((0, 1, 2, 3, 24)) for _ in range(chance.randrange(5)))
        arrays[name] = np.full(shape, 5, dtype=chance.choice((np.float32, np.uint8, np.int64)))


_OF_ARRAYS: dict[str, Damage] = {
    "missing array": _arrays(_without_an_array),
    "more arrays": _arrays(_more_arrays),
    "NaN": _one_array(_filled(np.nan)),
    "infinity": _one_array(_filled(np.inf)),
    "huge numbers": _one_array(_filled(3e38)),
    "other shape": _one_array(_other_shape),
    "other type": _one_array(_other_type),
    "other items": _arrays(_other_items),
    "other metadata": _arrays(_other_metadata),
}


def _table(change: Callable[[pa.Table, random.Random], pa.Table]) -> Damage:
    def damage(path: Path, chance: random.Random) -> None:
        table = change(pq.read_table(io.BytesIO(path.read_bytes())), chance)
        file = io.BytesIO()
        pq.write_table(table, file)
        _put(path, file.getvalue())

    return damage


def _replaced(table: pa.Table, name: str, values: Any) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, values)


def _odd_column(table: pa.Table, chance: random.Random) -> pa.Table:
    name, n = chance.choice(table.column_names), table.num_rows
    values = chance.choice((
        pa.nulls(n), pa.array([None] * n, pa.string()), pa.array(["x"] * n), pa.array([b"\x89PNG no"] * n),
        pa.array([-1.5] * n), pa.array([2**62] * n), pa.array(["x" * 10**5] * n), pa.array([["unknown"]] * n),
        pa.array([True] * n), pa.array([{"a": 1}] * n), pa.array(["\x1b[2J\u202e\n<b>"] * n),
    ))  # fmt: skip
    return _replaced(table, name, values)


def _odd_pictures(table: pa.Table, chance: random.Random) -> pa.Table:
    broken = [chance.randbytes(40) if chance.random() < 0.5 else one for one in table["picture"].to_pylist()]
    return _replaced(table, "picture", pa.array(broken, pa.binary()))


def _odd_label_names(table: pa.Table, chance: random.Random) -> pa.Table:
    names = json.loads(table.schema.metadata[b"label_names"])
    odd: Any = chance.choice(
        (names[:-3], [*names, names[0]], [1, *names[1:]], {"a": 1}, "text", None, [[]], [*names, "x" * 10**6])
    )
    return table.replace_schema_metadata(chance.choice(({"label_names": json.dumps(odd)}, {}, {"label_names": "{"})))


_OF_TABLES: dict[str, Damage] = {
    "missing column": _table(lambda table, chance: table.drop_columns([chance.choice(table.column_names)])),
    "odd column": _table(_odd_column),
    "odd columns": _table(lambda table, chance: _odd_column(_odd_column(table, chance), chance)),
    "odd pictures": _table(_odd_pictures),
    "odd label names": _table(_odd_label_names),
    "fewer rows": _table(lambda table, chance: table.slice(0, chance.choice((0, 1, table.num_rows - 1)))),
    "rows twice": _table(lambda table, _: pa.concat_tables([table, table])),
    "other order": _table(lambda table, _: table.take(list(range(table.num_rows))[::-1])),
    "unknown labels": _table(lambda table, _: _replaced(table, "labels", pa.array([["unknown"]] * table.num_rows))),
}
