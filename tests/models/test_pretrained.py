"""Folders of pretrained encoders, and those that are refused before a file of them is opened."""

import json
import os
import pickle
from pathlib import Path

import pytest

from mlcl_core.errors import InputError
from mlcl_core.models import PRETRAINED, TextTransformer, checked_folder, located
from tests.tiny_models import picture_model, text_model


class Trap:
    """Unpickled, it leaves a file."""

    def __init__(self, path: Path) -> None:
        """Remember where the file goes."""
        self.path = path

    def __reduce__(self) -> tuple:
        """The call that unpickling makes."""
        return os.mkdir, (str(self.path),)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A sound folder of a text model."""
    return text_model(tmp_path / "model")


@pytest.mark.parametrize("name", PRETRAINED)
def test_those_that_install_with_the_lab(name: str) -> None:
    """Each installed folder holds an encoder of the kind that its record says."""
    folder = located(name)
    assert folder is not None
    assert checked_folder(folder, PRETRAINED[name].kind) is not None


def test_folders(folder: Path) -> None:
    """A path is its folder; a missing folder is an error."""
    assert located(str(folder)) == folder
    with pytest.raises(
        InputError, match="no encoder and no folder 'gone'; give minilm, efficientnet-lite0, the folder"
    ):
        located("gone")


def test_the_hub_offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a network: one line that says what to do. Without leave to fetch there is no request."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(InputError, match=r"^hf:owner/no-such-model can't be fetched .*; connect to the network"):
        located("hf:owner/no-such-model")
    assert located("hf:owner/no-such-model", fetch=False) is None
    for name in ("hf:", "hf:a/b/c", "hf:/x"):
        with pytest.raises(InputError, match="it must be hf:owner/name"):
            located(name, fetch=False)


@pytest.mark.parametrize("name", ["config.json", "tokenizer_config.json", "preprocessor_config.json"])
def test_code_of_its_own_is_refused(folder: Path, name: str) -> None:
    """A folder with code of its own (auto_map) is not opened."""
    path = folder / name
    found = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps(found | {"auto_map": {"AutoModel": "modeling_evil.Model"}}))
    with pytest.raises(InputError, match=rf"{name} asks for code of its own \(auto_map\)"):
        TextTransformer(folder)


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "weights.pkl", "model.ckpt"])
def test_pickled_weights_are_refused(folder: Path, name: str, tmp_path: Path) -> None:
    """Weights that only pickle could open are not opened, and no code of theirs runs."""
    (folder / "model.safetensors").unlink()
    trap = tmp_path / "sprung"
    (folder / name).write_bytes(pickle.dumps(Trap(trap)))
    with pytest.raises(InputError, match=f"no weights in safetensors; {name} could run any code"):
        TextTransformer(folder)
    assert not trap.exists()


def test_what_is_no_model(folder: Path, tmp_path: Path) -> None:
    """An empty folder, a broken configuration, a list, missing weights and tokenisers: each said in a line."""
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"holds no config.json: it is no folder of a transformers model"):
        checked_folder(tmp_path / "empty", "text")
    for text, words in (("{", "can't be read"), ("[]", "must hold a JSON object")):
        (folder / "config.json").write_text(text)
        with pytest.raises(InputError, match=words):
            checked_folder(folder, "text")
    (folder / "config.json").write_text("{}")
    with pytest.raises(InputError, match="can't be opened by transformers"):
        TextTransformer(folder)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (folder / name).unlink()
    with pytest.raises(InputError, match="holds no tokeniser"):
        checked_folder(folder, "text")
    (folder / "model.safetensors").unlink()
    with pytest.raises(InputError, match=r"holds no weights in safetensors$"):
        checked_folder(folder, "text")


def test_truncated_weights(folder: Path) -> None:
    """A truncated file is an error."""
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(InputError, match=rf"^{folder} can't be opened by transformers: "):
        TextTransformer(folder)


def test_other_items(folder: Path, tmp_path: Path) -> None:
    """A text model encodes no pictures, and vice versa."""
    with pytest.raises(InputError, match="holds no image processor"):
        checked_folder(folder, "picture")
    with pytest.raises(InputError, match="holds no tokeniser"):
        checked_folder(picture_model(tmp_path / "vit"), "text")
    lite = located("efficientnet-lite0")
    assert lite is not None
    with pytest.raises(InputError, match="encodes pictures; the items are texts"):
        checked_folder(lite, "text")
