"""The fields of the configuration's section ``maps``, made from the registry of maps."""

from collections.abc import Collection
from typing import Any, Literal

from pydantic import Field

from mlcl_core.maps import FIRST_MAP, MAPS
from mlcl_core.options import Option


def map_fields() -> dict[str, Any]:
    """A switch ``maps.<name>`` for each map but the first, and a field for each option of a map, for ``create_model``.

    Raises:
        ValueError: Two maps have an option of the same name, or one has the name of a map.
    """
    fields: dict[str, Any] = {}
    for name, record in MAPS.items():
        found: dict[str, Any] = {option: _field(declared) for option, declared in record.options.items()}
        if name != FIRST_MAP:
            words = f"Draw a {record.title} map beside the {MAPS[FIRST_MAP].title} map."
            found = {name: (bool, Field(default=record.on, description=words)), **found}
        taken = fields.keys() & found.keys()
        if taken:
            raise ValueError(f"map {name}: another map declares {', '.join(sorted(taken))} in the section maps")
        fields |= found
    return fields


def only_maps(names: Collection[str]) -> dict[str, bool]:
    """The settings by which a run has these maps alone, and the first of ``MAPS``."""
    return {f"maps.{name}": name in names for name in MAPS if name != FIRST_MAP}


def _field(option: Option) -> tuple[Any, Any]:
    kind: Any = Literal[option.choices] if option.choices else type(option.default)
    low, high = ("gt" if option.open_below else "ge"), ("lt" if option.open_above else "le")
    bounds: dict[str, Any] = {low: option.minimum, high: option.maximum}
    more: Any = {"useful": list(option.useful)} if option.useful else None
    return kind, Field(default=option.default, description=option.help, json_schema_extra=more, **bounds)
