"""Features of frozen encoders, kept in the home directory between runs, by a key of their content."""

from contextlib import suppress
from pathlib import Path

import torch
from torch import Tensor

from mlcl_core.errors import InputError
from mlcl_core.runs.files import load_arrays, save_arrays


class FeatureCache:
    """The files ``cache/features/<key>.safetensors``. A damaged file counts as missing, and a full disk is no error."""

    def __init__(self, home: Path) -> None:
        """Take the home directory."""
        self.folder = home / "cache" / "features"

    def get(self, key: str) -> Tensor | None:
        """The features of a key; None where there are none, or they can't be read."""
        path = self.folder / f"{key}.safetensors"
        if not path.is_file():
            return None
        try:
            arrays, _ = load_arrays(path)
            return torch.from_numpy(arrays["features"])
        except (InputError, KeyError):
            return None

    def put(self, key: str, value: Tensor) -> None:
        """Store features under a key, if the disk has room."""
        with suppress(OSError):
            save_arrays(self.folder / f"{key}.safetensors", {"features": value.numpy()})
