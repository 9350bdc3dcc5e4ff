"""Files of a run that belong to a step, ``{step:08d}.safetensors``."""

import re
from pathlib import Path

NAME = re.compile(r"(\d{8,15})\.safetensors")


def numbered(folder: Path) -> list[int]:
    """Steps of the numbered files in a folder, ascending; other files are ignored; a missing folder has none."""
    try:
        names = [path.name for path in folder.iterdir()]
    except OSError:
        return []
    return sorted(int(match[1]) for match in map(NAME.fullmatch, names) if match)


def numbered_path(folder: Path, step: int) -> Path:
    """Path of the file of a step."""
    return folder / f"{step:08d}.safetensors"
