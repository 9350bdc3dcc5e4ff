"""The parts of a set, each with its split, as one: labels by their names, the same features."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from scipy.sparse import csr_array, vstack

from mlcl_core.data.pictures import SIDE, Pictures
from mlcl_core.data.readers.named import listed
from mlcl_core.data.readers.record import LoadedData
from mlcl_core.data.texts import Texts
from mlcl_core.errors import InputError


def join_parts(parts: Mapping[str, LoadedData], path: Path) -> LoadedData:
    """One set of the parts: all labels by name, the same features, and the split of each item.

    Args:
        parts: By split, at least two, ``train`` first.
        path: Named in errors.

    Returns:
        The items of the parts one after another. A label that a part doesn't have is carried by none of its items.
        Features of the same names in another order are brought into the order of the first part; of sparse parts, a
        feature that one does not have is 0 there.

    Raises:
        InputError: Items of different kinds, other features, labels without names of another number, no label in
            common.
    """
    said: list[str] = []
    y, label_names = _labels(parts, path, said)
    x, feature_names = _items(parts, path, said)
    counts = [part.y.shape[0] for part in parts.values()]
    for name, part in parts.items():
        if part.split is not None and len(part.split) and not np.isin(part.split, ("all", name)).all():
            said.append(f"the splits that the {name} part itself holds are not used")
    return LoadedData(
        x,
        y,
        feature_names=feature_names,
        label_names=label_names,
        item_names=_item_names(parts),
        split=np.repeat(list(parts), counts),
        groups=_groups(parts),
        said=(*_said(parts), *said),
        left_out=tuple((row, f"{name}: {reason}") for name, part in parts.items() for row, reason in part.left_out),
        schema=next(iter(parts.values())).schema,
        missing=next((part.missing for part in parts.values() if part.missing), ""),
    )


def _labels(parts: Mapping[str, LoadedData], path: Path, said: list[str]) -> tuple[csr_array, tuple[str, ...] | None]:
    widths = {name: part.y.shape[1] if part.y.ndim == 2 else 0 for name, part in parts.items()}
    if any(part.label_names is None for part in parts.values()):
        if len(set(widths.values())) > 1:
            counts = ", ".join(f"{name} has {width}" for name, width in widths.items())
            raise InputError(f"{path}: labels without names must be as many in each part; {counts}")
        names = next((part.label_names for part in parts.values() if part.label_names is not None), None)
        return csr_array(vstack([csr_array(part.y) for part in parts.values()])), names
    known = {name: part.label_names or () for name, part in parts.items()}
    place = {label: at for at, label in enumerate(dict.fromkeys(label for names in known.values() for label in names))}
    first, *others = known
    for name in others:
        if not set(known[first]) & set(known[name]):
            between = f"{first} has {listed(known[first], 4)}; {name} has {listed(known[name], 4)}"
            raise InputError(f"{path}: no label of {name} is one of {first}: {between}")
    for name, names in known.items():
        own = set(names)
        missing = [label for label in place if label not in own]
        if missing:
            said.append(
                f"{len(missing):,} of {len(place):,} labels are not in the {name} part, where no item carries them: "
                f"{listed(missing, 4)}"
            )
    moved = [
        _moved(csr_array(part.y), [place[label] for label in known[name]], len(place)) for name, part in parts.items()
    ]
    return csr_array(vstack(moved)), tuple(place)


def _moved(matrix: csr_array, places: Sequence[int], width: int) -> csr_array:
    """A matrix whose columns stand at other places of a wider one."""
    to = np.array(places, dtype=np.int64)
    indices = to[matrix.indices] if len(to) else matrix.indices
    found = csr_array((matrix.data, indices, matrix.indptr), shape=(matrix.shape[0], width))
    found.sort_indices()
    return found


def _items(
    parts: Mapping[str, LoadedData], path: Path, said: list[str]
) -> tuple[np.ndarray | csr_array | Texts | Pictures, tuple[str, ...] | None]:
    kinds = {name: _kind(part.x) for name, part in parts.items()}
    if len(set(kinds.values())) > 1:
        between = ", ".join(f"{name} holds {kind}" for name, kind in kinds.items())
        raise InputError(f"{path}: items of all parts must be of one kind; {between}")
    texts = [part.x.column for part in parts.values() if isinstance(part.x, Texts)]
    if texts:
        chunks = [chunk.cast(pa.large_string()) for column in texts for chunk in column.chunks]
        return Texts(pa.chunked_array(chunks, pa.large_string())), None
    pictures = [part.x for part in parts.values() if isinstance(part.x, Pictures)]
    if pictures:
        return _joined_pictures(pictures), None
    matrices = {name: part.x for name, part in parts.items() if not isinstance(part.x, Texts | Pictures)}
    for name, x in matrices.items():
        if x.ndim != 2:
            raise InputError(f"{path}: X of {name} has shape {list(x.shape)}; it must have two axes, rows and columns")
    return _numbers(matrices, {name: part.feature_names for name, part in parts.items()}, path, said)


def _kind(x: Any) -> str:
    return "texts" if isinstance(x, Texts) else "pictures" if isinstance(x, Pictures) else "numbers"


def _joined_pictures(parts: Sequence[Pictures]) -> Pictures:
    starts = np.cumsum([0, *map(len, parts)]).tolist()

    def read(row: int) -> bytes:
        part = int(np.searchsorted(starts, row, side="right")) - 1
        return parts[part].read(row - starts[part])

    names = [name for part in parts for name in part.names]
    return Pictures(names, read, parts[0].source, np.concatenate([part.small(SIDE) for part in parts]))


def _numbers(
    matrices: Mapping[str, np.ndarray | csr_array],
    names: Mapping[str, tuple[str, ...] | None],
    path: Path,
    said: list[str],
) -> tuple[np.ndarray | csr_array, tuple[str, ...] | None]:
    for name, x in matrices.items():
        if len(names[name] or ()) not in (0, x.shape[1]):
            raise InputError(
                f"{path}: feature_names of {name} has shape {[len(names[name] or ())]}; it must hold as many"
            )
    first = next(iter(matrices))
    sparse = {name: x for name, x in matrices.items() if isinstance(x, csr_array)}
    if len(sparse) == len(matrices) and all(_are_indices(names[name]) for name in sparse):
        return _by_index(sparse, {name: names[name] or () for name in sparse}, said)
    fitted = [_fitted(x, name, names, matrices[first], first, path, said) for name, x in matrices.items()]
    found = next((one for one in names.values() if one is not None), None)
    if len(sparse) == len(matrices):
        return csr_array(vstack([csr_array(x) for x in fitted])), found
    return np.concatenate([x.toarray() if isinstance(x, csr_array) else x for x in fitted]), found


def _are_indices(names: tuple[str, ...] | None) -> bool:
    return names is not None and all(map(str.isdecimal, names))


def _by_index(
    sparse: Mapping[str, csr_array], names: Mapping[str, tuple[str, ...]], said: list[str]
) -> tuple[csr_array, tuple[str, ...]]:
    """Features that are called by their index in the file: one that no row of a part has is 0 there."""
    every = sorted({name for own in names.values() for name in own}, key=int)
    place = {name: at for at, name in enumerate(every)}
    for name, own in names.items():
        if lacking := len(place) - len(own):
            said.append(f"{lacking:,} of {len(place):,} features are not in the {name} part, where they are 0")
    blocks = [_moved(x, [place[feature] for feature in names[name]], len(place)) for name, x in sparse.items()]
    return csr_array(vstack(blocks)), tuple(place)


def _fitted(
    x: np.ndarray | csr_array,
    name: str,
    names: Mapping[str, tuple[str, ...] | None],
    leading: np.ndarray | csr_array,
    first: str,
    path: Path,
    said: list[str],
) -> np.ndarray | csr_array:
    """The numbers of a part, in the columns of the first one."""
    have, want = names[name], names[first]
    must = f"{path}: the parts must have the same features"
    if have is not None and want is not None and have != want:
        if sorted(have) == sorted(want) and len(set(have)) == len(have):
            said.append(f"the features of the {name} part stand in another order; they are joined by their names")
            at = {feature: column for column, feature in enumerate(have)}
            return x[:, [at[feature] for feature in want]]
        pairs = ((name, set(want) - set(have), want), (first, set(have) - set(want), have))
        between = [
            f"{one} has no {listed([f for f in order if f in lacks], 4)}" for one, lacks, order in pairs if lacks
        ]
        raise InputError(f"{must}; {'; '.join(between) or 'a name stands twice'}")
    if x.shape[1] != leading.shape[1]:
        raise InputError(f"{must}; {first} has {leading.shape[1]:,}, {name} has {x.shape[1]:,}")
    return x


def _item_names(parts: Mapping[str, LoadedData]) -> tuple[str, ...] | None:
    if all(part.item_names is None for part in parts.values()):
        return None
    return tuple(
        name
        for split, part in parts.items()
        for name in part.item_names or (f"{split} row {row}" for row in range(part.y.shape[0]))
    )


def _groups(parts: Mapping[str, LoadedData]) -> np.ndarray | None:
    """Groups of each part by themselves, as numbers mean nothing beyond their file."""
    if all(part.groups is None for part in parts.values()):
        return None
    found, start = [], 0
    for part in parts.values():
        own = np.arange(part.y.shape[0]) if part.groups is None else np.unique(part.groups, return_inverse=True)[1]
        found.append(own + start)
        start += int(own.max()) + 1 if len(own) else 0
    return np.concatenate(found)


def _said(parts: Mapping[str, LoadedData]) -> list[str]:
    """What the parts say: once where all say it, else with the part."""
    everywhere = [one for one in next(iter(parts.values())).said if all(one in part.said for part in parts.values())]
    own = [f"{name}: {one}" for name, part in parts.items() for one in part.said if one not in everywhere]
    return [*everywhere, *own]
