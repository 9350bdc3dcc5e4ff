"""Exports of annotations as programs write them, small: pictures, and what files say of them."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image


def png(number: int) -> bytes:
    """A small picture; equal numbers give equal bytes."""
    file = io.BytesIO()
    Image.fromarray(np.full((3, 3), number, np.uint8)).save(file, "PNG")
    return file.getvalue()


def named(*names: str) -> dict[str, bytes]:
    """Different pictures under these names."""
    return {name: png(number) for number, name in enumerate(names)}


def written(place: Path, files: dict[str, bytes], form: str) -> Path:
    """The files in a folder, or in an archive that may hold them in a folder of their own."""
    if form == "folder":
        for name, raw in files.items():
            path = place / "mine" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(raw)
        return place / "mine"
    with zipfile.ZipFile(place / "mine.zip", "w") as archive:
        for name, raw in files.items():
            archive.writestr(("top/" if form == "zip of a folder" else "") + name, raw)
    return place / "mine.zip"


FORMS = ("folder", "zip", "zip of a folder")


def labels_of(data: Any) -> dict[str, set[str]]:
    """The labels of each item by its name."""
    rows = data.labels.dense().numpy()
    return {
        name: {label for label, one in zip(data.label_names, row, strict=True) if one}
        for name, row in zip(data.item_names, rows, strict=True)
    }


CLASSES = ("sea", "sun", "fog")
SETS: dict[str, set[str]] = {
    f"{row}.png": {name for bit, name in enumerate(CLASSES) if row >> bit & 1} for row in range(1, 8)
} | {"8.png": {"sea"}}


def coco(sets: dict[str, set[str]], classes: tuple[str, ...] = CLASSES) -> dict[str, Any]:
    """COCO's document, in which each label is marked twice, once as a crowd."""
    marks = [(row, classes.index(label), crowd) for row, labels in enumerate(sets.values()) for label in sorted(labels)
             for crowd in (0, 1)]  # fmt: skip
    return {
        "info": {"year": 2017},
        "licenses": [],
        "images": [
            {"id": 100 + row, "file_name": name, "width": 3, "height": 3, "license": 1} for row, name in enumerate(sets)
        ],
        "annotations": [
            {"id": number, "image_id": 100 + row, "category_id": 7 + place, "iscrowd": crowd, "bbox": [0, 0, 1, 1]}
            for number, (row, place, crowd) in enumerate(marks)
        ],
        "categories": [{"id": 7 + place, "name": name, "supercategory": ""} for place, name in enumerate(classes)],
    }


def datumaro(sets: dict[str, set[str]]) -> dict[str, Any]:
    """Datumaro's document: a label of a picture, or a box in it."""
    return {
        "info": {},
        "categories": {"label": {"labels": [{"name": name, "parent": ""} for name in CLASSES], "attributes": []}},
        "items": [
            {
                "id": name.removesuffix(".png"),
                "annotations": [
                    {"id": 0, "type": "label" if place % 2 else "bbox", "label_id": place}
                    for place, label in enumerate(CLASSES)
                    if label in labels
                ]
                + [{"id": 1, "type": "caption", "caption": "a day"}],
                "image": {"path": name, "size": [3, 3]},
            }
            for name, labels in sets.items()
        ],
    }


def cvat(sets: dict[str, set[str]], subset: str = "", inside: str = "task") -> str:
    """CVAT's file: a tag, or a box with an attribute."""
    declared = "".join(
        f"<label><name>{name}</name><color>#ff0000</color><type>any</type><attributes><attribute><name>age</name>"
        f"</attribute></attributes></label>"
        for name in CLASSES
    )
    images = []
    for number, (name, labels) in enumerate(sets.items()):
        marks = "".join(
            f'<tag label="{label}" source="manual"></tag>'
            if label == "sea"
            else f'<box label="{label}" occluded="0" xtl="0" ytl="0" xbr="1" ybr="1">'
            f'<attribute name="age">new</attribute></box>'
            for label in sorted(labels)
        )
        images.append(f'<image id="{number}" name="{name}" {subset} width="3" height="3">{marks}</image>')
    meta = f"<meta><{inside}><id>1</id><name>mine</name><labels>{declared}</labels></{inside}></meta>"
    head = '<?xml version="1.0" encoding="utf-8"?>\n'
    return f"{head}<annotations><version>1.1</version>{meta}{''.join(images)}</annotations>"


def encoded(document: Any) -> bytes:
    """A document as JSON."""
    return json.dumps(document).encode()
