"""What a map is, and what the registry holds of each way to make one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
from jaxtyping import Float32

from mlcl_core.options import Option, checked_options, declared_options


@dataclass(frozen=True)
class Map:
    """Two coordinates an item, finite, in the order of the rows; ``details`` are plain numbers about its making.

    From :func:`mlcl_core.maps.draw` they hold ``without_direction``: how many items are drawn apart.
    """

    name: str
    xy: Float32[np.ndarray, "n 2"]
    details: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class MapRecord:
    """One way to make a map.

    Attributes:
        name: Key of ``MAPS``; the maps of a run are in its folder ``maps/<name>``, and ``maps.<name>`` of the
            configuration switches them on and off (not those of the first map, which every run has).
        title: Its name on pages.
        formula: What it computes, in TeX.
        summary: What it shows, in one sentence.
        source: Who published it.
        hint: What of it can be believed, in a few words.
        make: ``make(z, previous, **options)`` gives a :class:`Map`: ``z`` are directions, ``previous`` the coordinates
            of the same items on the map before, or None. :func:`mlcl_core.maps.draw` calls it with the items that have
            a direction. Parameters declared by :class:`mlcl_core.options.Param` are its options.
        schedule: ``every frame``: drawn as soon as a frame is written. ``latest frame``: of the latest frame only, at
            a low priority, within a budget of CPU time.
        on: Whether a run has it unless its configuration says otherwise.
        fitted_items: The option that says how many items are fitted, for maps of the latest frame: it is lowered where
            a map costs more than the budget allows. The map's details hold the number used under the same name.
        needs: What a machine must have for it, in a sentence that its switch shows; empty: nothing.
        lacking: Says in a few words why this machine can't draw it (a package or a GPU is missing); None: it can. Asked
            where the map is on.
        compiles: Whether the first map on a machine compiles for long; a process of its own then does it beforehand.
    """

    name: str
    title: str
    formula: str
    summary: str
    source: str
    hint: str
    make: Callable[..., Map]
    schedule: Literal["every frame", "latest frame"]
    on: bool = True
    fitted_items: str | None = None
    compiles: bool = False
    needs: str = ""
    lacking: Callable[[], str | None] = lambda: None

    @property
    def every_frame(self) -> bool:
        """Whether each frame has its map, and not the latest one alone."""
        return self.schedule == "every frame"

    @cached_property
    def options(self) -> dict[str, Option]:
        """The options that ``make`` declares."""
        return declared_options(self.make)

    def check(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """The whole set of options; unknown names and impossible values raise :class:`InputError`."""
        return checked_options(f"map {self.name}", self.options, options)
