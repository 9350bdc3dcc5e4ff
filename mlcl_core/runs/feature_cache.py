"""Features of frozen encoders, kept in the home directory from one run to the next by what they were made of."""

from contextlib import suppress
from pathlib import Path

import torch
from torch import Tensor

from mlcl_core.errors import InputError
from mlcl_core.runs.files import load_arrays, save_arrays


class FeatureCache:
    """``cache/features/<key>.safetensors``; a file that is damaged is as good as none, and a full disk is no error."""

    def __init__(self, home: Path) -> None:
        """Take the home directory."""
        self.folder = home / "cache" / "features"

    def get(self, key: str) -> Tensor | None:
        """What was put under a key; None if nothing was, or it can't be read."""
        path = self.folder / f"{key}.safetensors"
        if not path.is_file():
            return None
        try:
            arrays, _ = load_arrays(path)
            return torch.from_numpy(arrays["features"])
        except (InputError, KeyError):
            return None

    def put(self, key: str, value: Tensor) -> None:
        """Keep it, if there is room."""
        with suppress(OSError):
            save_arrays(self.folder / f"{key}.safetensors", {"features": value.numpy()})
