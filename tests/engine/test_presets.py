"""Presets: whole configurations that can be trained as they are."""

from pathlib import Path

import numpy as np
import pytest

from mlcl_core.engine.build import training_loss
from mlcl_core.engine.check import check_config
from mlcl_core.engine.network import build_network
from mlcl_core.engine.presets import PRESETS, preset
from mlcl_core.errors import InputError


@pytest.mark.parametrize("name", PRESETS)
def test_each_preset_names_itself(name: str) -> None:
    """A run knows from which preset it came."""
    assert preset(name).preset == name
    assert PRESETS[name].make.__doc__
    assert PRESETS[name].title


@pytest.mark.parametrize("name", ["icons", "digits"])
def test_presets_pass_the_check_and_build(name: str) -> None:
    """The presets that need no file are accepted as they are, and their network is built."""
    config = preset(name)
    data = check_config(config)
    network = build_network(config, data, training_loss(config.loss))
    assert network.classifier is None
    assert sum(parameter.numel() for parameter in network.parameters()) > 10_000


def test_vectors_takes_a_file(tmp_path: Path) -> None:
    """The preset vectors is accepted with a feature file, by its path."""
    generator = np.random.default_rng(0)
    path = tmp_path / "mine.npz"
    np.savez(path, X=generator.normal(size=(40, 5)), Y=generator.random((40, 3)) < 0.5)
    data = check_config(preset("vectors").with_settings({"data.path": str(path)}))
    assert data.kind == "features"
    assert len(data) == 40


def test_vectors_without_a_file_is_refused() -> None:
    """Without a path, one line says how to give it."""
    with pytest.raises(InputError, match=r"^data.path is missing: .*--set data.path=FILE$"):
        check_config(preset("vectors"))


def test_an_unknown_preset_is_refused() -> None:
    """A name that is no preset is answered with those there are."""
    with pytest.raises(InputError, match=r"no preset 'iconz'.*icons, digits, movies, .*vectors, text, pic"):
        preset("iconz")
