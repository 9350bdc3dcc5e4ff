"""The encoder of a run as a folder, with a card that says what it is and how it is opened."""

import json
from pathlib import Path
from typing import Any

from dashboard.export.origin import origin
from dashboard.export.write import FOLDER_MARK
from dashboard.figures.formatting import escaped
from mlcl_core.engine.config import TrainConfig
from mlcl_core.engine.summary import main_settings
from mlcl_core.runs.in_force import config_at
from mlcl_core.runs.opened_run import OpenedRun

CARD = "README.md"
MAX_LABELS = 200  # names in the card
OPEN_TEXTS = """from sentence_transformers import SentenceTransformer

encoder = SentenceTransformer("FOLDER")
embeddings = encoder.encode(["a text", "another one"])"""
OPEN_OTHERS = """from mlcl_core.engine.encoder_folder import load_encoder

encoder = load_encoder("FOLDER")
h, z = encoder.encode(items)"""
TAKES = {
    "features": "rows of numbers as in the file that was trained on; they are standardised as they were in training",
    "picture": "uint8 arrays of shape [items, channels, height, width] like those that were trained on; 255 is white",
    "pillow": "pictures of the library Pillow, of any size",
    "text": "texts",
}
SPACES = {
    "h": "`h`, the features before the projection head, which a linear probe reads best",
    "z": "`z`, the output of the projection head with length 1, whose cosines the loss was trained on",
}


def write_encoder(opened: OpenedRun, step: int, folder: Path, space: str) -> None:
    """Write the encoder of a network that has the weights of a checkpoint into an empty folder.

    Args:
        opened: The run.
        step: The checkpoint.
        folder: An empty folder.
        space: What an encoder of texts gives; others give both.

    Raises:
        InputError: A text encoder that sentence-transformers has no modules for; a pretrained encoder that is gone.
    """
    from mlcl_core.engine.encoder_folder import encoder_parts, write_native, write_sentence_transformers

    parts = encoder_parts(opened.config, opened.loaded, opened.data, opened.network)
    about = origin(opened.run, step, label_names=list(opened.data.label_names))
    if parts.kind == "text":
        write_sentence_transformers(parts, folder, space)
    else:
        write_native(parts, folder, about)
    takes = "pillow" if parts.kind == "picture" and parts.front is not None else parts.kind
    (folder / FOLDER_MARK).write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    (folder / CARD).write_text(_card(opened, about, takes, space), encoding="utf-8")


def _card(opened: OpenedRun, about: dict[str, Any], takes: str, space: str) -> str:
    is_text = takes == "text"
    library = "sentence-transformers" if is_text else "mlcl-lab"
    gives = SPACES[space] if is_text else f"{SPACES['h']}, and {SPACES['z']}"
    settings = "".join(f"* {name}: {escaped(words)}\n" for name, words in _settings(opened, about["step"]).items())
    labels = ", ".join(escaped(name) for name in opened.data.label_names[:MAX_LABELS])
    more = len(opened.data.label_names) - MAX_LABELS
    return f"""---
library_name: {library}
tags:
- multi-label
- contrastive-learning
---

# {escaped(opened.run.name)}

An encoder trained by multi-label contrastive learning with MLCL Lab. It takes {TAKES[takes]}, and gives {gives}.

```python
{OPEN_TEXTS if is_text else OPEN_OTHERS}
```

## Training

{settings}* step: {about["step"]:,}
* items: {len(opened.data.indices("train")):,} to train on, of {len(opened.data):,}
* labels ({len(opened.data.label_names):,}): {labels}{f", and {more:,} more" if more > 0 else ""}

`{FOLDER_MARK}` names the run, the SHA-256 of its configuration, and the versions of the libraries. The licence of the
data, and that of a pretrained encoder within, hold for these weights too.
"""


def _settings(opened: OpenedRun, step: int) -> dict[str, str]:
    """The settings in force, without the folders of this machine."""
    config = config_at(opened.run, step)
    named = {path: value for path in ("data.path", "pretrained.name") if (value := _setting(config, path)) is not None}
    return main_settings(config.with_settings({path: json.dumps(Path(value).name) for path, value in named.items()}))


def _setting(config: TrainConfig, path: str) -> str | None:
    section, key = path.split(".")
    value: str | None = getattr(getattr(config, section), key)
    return value
