"""Files of JSON, read as the reader process reads them."""

import json
from pathlib import Path
from typing import Any

from mlcl_core.data.readers import READERS, LoadedData
from mlcl_core.options import checked_options

TEXT = "the harbour was quiet before storm number"


def read(path: Path, **options: Any) -> LoadedData:
    """A file as ``mlcl data`` reads it, without a process."""
    reader = READERS["json"]
    return reader.read(path, **checked_options("the file", reader.params, options))


def saved(folder: Path, content: Any, name: str = "mine.json") -> Path:
    """A file with a value in JSON, or with one object a line where the name ends so."""
    path = folder / name
    if name.endswith((".jsonl", ".ndjson")):
        text = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in content)
    else:
        text = json.dumps(content, ensure_ascii=False)
    path.write_text(text, encoding="utf-8")
    return path


def labels_of(loaded: LoadedData) -> list[list[str]]:
    """The labels of each item, sorted."""
    names = loaded.label_names or ()
    return [sorted(names[place] for place in row.nonzero()[0]) for row in loaded.y.toarray()]
