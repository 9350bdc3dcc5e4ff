"""Files inside installed packages, located without importing them."""

from importlib.util import find_spec
from pathlib import Path

from mlcl_core.errors import InputError


def locate(module: str, inside: str, requirement: str, what: str) -> Path:
    """Path of a file or folder inside an installed package, which is not imported.

    Args:
        module: Top module of the package.
        inside: Path within the package.
        requirement: Requirement by which pip installs it.
        what: What needs the file, for the error.

    Raises:
        InputError: The package is not installed, or has no such file.
    """
    spec = find_spec(module)
    places = spec.submodule_search_locations if spec else None
    found = Path(places[0]) / inside if places else None
    if found is None or not found.exists():
        raise InputError(f"{what} needs the package {requirement}: pip install {requirement}")
    return found
