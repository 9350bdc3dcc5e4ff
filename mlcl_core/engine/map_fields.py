"""The fields of the configuration's section ``maps``, made from the registry of maps."""

from collections.abc import Collection
from typing import Annotated, Any, get_type_hints

from mlcl_core.maps import FIRST_MAP, MAPS
from mlcl_core.options import Param


def map_fields() -> dict[str, Any]:
    """A switch ``maps.<name>`` for each map but the first, and a field for each option of a map, for ``create_model``.

    Raises:
        ValueError: Two maps have an option of the same name, or one has the name of a map.
    """
    fields: dict[str, Any] = {}
    for name, record in MAPS.items():
        hints = get_type_hints(record.make, include_extras=True)
        found: dict[str, Any] = {option: (hints[option], known.default) for option, known in record.options.items()}
        if name != FIRST_MAP:
            first = MAPS[FIRST_MAP].title
            words = f"Draw a {record.title} map beside the {first} map. {record.needs}".strip()
            switch = Param(words, title=f"{record.title} map beside {first}")
            found = {name: (Annotated[bool, switch], record.on), **found}
        taken = fields.keys() & found.keys()
        if taken:
            raise ValueError(f"map {name}: another map declares {', '.join(sorted(taken))} in the section maps")
        fields |= found
    return fields


def only_maps(names: Collection[str]) -> dict[str, bool]:
    """The settings by which a run has these maps alone, and the first of ``MAPS``."""
    return {f"maps.{name}": name in names for name in MAPS if name != FIRST_MAP}
