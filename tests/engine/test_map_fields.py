"""The section ``maps`` of the configuration is made from the registry of maps."""

from dataclasses import replace
from typing import Annotated, get_args

import numpy as np
import pytest

from mlcl_core.engine import map_fields as module
from mlcl_core.engine.config import MapsConfig, TrainConfig
from mlcl_core.engine.map_fields import map_fields, only_maps
from mlcl_core.errors import InputError
from mlcl_core.maps import FIRST_MAP, MAPS, Map
from mlcl_core.options import Param


def spiral(z: np.ndarray, previous: object = None, *, turns: Annotated[int, Param("How often.", gt=0)] = 3) -> Map:
    """A map with an option."""
    return Map("spiral", np.zeros((len(z), 2), np.float32), {"turns": turns})


SPIRAL = replace(MAPS["umap"], name="spiral", title="Spiral", make=spiral, on=False)


def test_every_map_has_a_switch_but_the_first_and_its_options() -> None:
    """With the maps' own defaults, bounds and words."""
    config = MapsConfig()
    assert config.drawn() == [name for name, record in MAPS.items() if name == FIRST_MAP or record.on]
    for name, record in MAPS.items():
        assert config.options_of(name) == {option: declared.default for option, declared in record.options.items()}
        assert (name in MapsConfig.model_fields) == (name != FIRST_MAP)
    with pytest.raises(InputError, match=r"maps\.landmarks is 3: input should be greater than or equal to 50"):
        TrainConfig().with_settings({"maps.landmarks": 3})


def test_a_further_map_has_its_switch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Off, where its record says so; its option is a field."""
    before = list(map_fields())
    monkeypatch.setattr(module, "MAPS", {**MAPS, "spiral": SPIRAL})
    fields = map_fields()
    assert list(fields) == [*before, "spiral", "turns"]
    assert fields["spiral"][1] is False
    assert get_args(fields["spiral"][0])[1].help == "Draw a Spiral map beside the PCA map."
    assert get_args(fields["turns"][0]) == (int, Param("How often.", gt=0))
    assert only_maps(["umap"]) == {f"maps.{name}": name == "umap" for name in (*MAPS, "spiral") if name != FIRST_MAP}


@pytest.mark.parametrize("other", [replace(MAPS["umap"], name="other"), replace(SPIRAL, name="landmarks")])
def test_two_fields_of_one_name_are_an_error(monkeypatch: pytest.MonkeyPatch, other: object) -> None:
    """The maps share one section of the configuration."""
    monkeypatch.setattr(module, "MAPS", {**MAPS, "other": other, other.name: other})
    with pytest.raises(ValueError, match=r"another map declares .*landmarks"):
        map_fields()
