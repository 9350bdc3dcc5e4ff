"""The kinds of maps that a page offers, and their titles."""

from functools import cache

from mlcl_core.maps import MAPS


@cache
def offered_maps() -> list[str]:
    """The maps that runs have unless they are switched off, and those that this machine can draw besides."""
    return [name for name, record in MAPS.items() if record.on or record.lacking() is None]


def map_title(name: str) -> str:
    """The title of a kind of map; a recorded run may have maps that are not in the registry."""
    return MAPS[name].title if name in MAPS else name.replace("_", " ")
