"""Files that come inside installed packages, found without importing those."""

from importlib.util import find_spec
from pathlib import Path

from mlcl_core.errors import InputError


def locate(module: str, inside: str, requirement: str, what: str) -> Path:
    """A file or folder inside an installed package, which is not imported.

    Args:
        module: The package's top module.
        inside: Where it is in there.
        requirement: What pip installs it by.
        what: What needs it, for the error.

    Raises:
        InputError: It isn't installed, or isn't the version whose files are known.
    """
    spec = find_spec(module)
    places = spec.submodule_search_locations if spec else None
    found = Path(places[0]) / inside if places else None
    if found is None or not found.exists():
        raise InputError(f"{what} needs the package {requirement}: pip install {requirement}")
    return found
