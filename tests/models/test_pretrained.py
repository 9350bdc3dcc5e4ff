"""Where pretrained encoders are found, and which folders are refused before anything of them is opened."""

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
        """Where."""
        self.path = path

    def __reduce__(self) -> tuple:
        """What pickle would call."""
        return os.mkdir, (str(self.path),)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A sound folder of a text model."""
    return text_model(tmp_path / "model")


@pytest.mark.parametrize("name", PRETRAINED)
def test_those_that_install_with_the_lab(name: str) -> None:
    """Each is there, and is what its record says."""
    folder = located(name)
    assert folder is not None
    assert checked_folder(folder, PRETRAINED[name].kind) is not None


def test_folders(folder: Path) -> None:
    """A folder is itself; none that is missing."""
    assert located(str(folder)) == folder
    with pytest.raises(
        InputError, match="no encoder and no folder 'gone'; give minilm, efficientnet-lite0, the folder"
    ):
        located("gone")


def test_the_hub_offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a network: one line that says what to do. Nothing is fetched where it may not be."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(InputError, match=r"^hf:nobody/nothing-of-the-kind can't be fetched .*; connect to the network"):
        located("hf:nobody/nothing-of-the-kind")
    assert located("hf:nobody/nothing-of-the-kind", fetch=False) is None
    for name in ("hf:", "hf:a/b/c", "hf:/x"):
        with pytest.raises(InputError, match="it must be hf:owner/name"):
            located(name, fetch=False)


@pytest.mark.parametrize("name", ["config.json", "tokenizer_config.json", "preprocessor_config.json"])
def test_code_of_its_own_is_refused(folder: Path, name: str) -> None:
    """auto_map names code that the folder brings; no such folder is opened."""
    path = folder / name
    found = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps(found | {"auto_map": {"AutoModel": "modeling_evil.Model"}}))
    with pytest.raises(InputError, match=rf"{name} asks for code of its own \(auto_map\)"):
        TextTransformer(folder)


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "weights.pkl", "model.ckpt"])
def test_pickled_weights_are_refused(folder: Path, name: str, tmp_path: Path) -> None:
    """Weights that only pickle could open are not opened, and run nothing."""
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
    """A file that was cut off is said to be unreadable."""
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(InputError, match=rf"^{folder} can't be opened by transformers: "):
        TextTransformer(folder)


def test_other_items(folder: Path, tmp_path: Path) -> None:
    """A text model reads no pictures, and the other way round."""
    with pytest.raises(InputError, match="holds no image processor"):
        checked_folder(folder, "picture")
    with pytest.raises(InputError, match="holds no tokeniser"):
        checked_folder(picture_model(tmp_path / "vit"), "text")
    lite = located("efficientnet-lite0")
    assert lite is not None
    with pytest.raises(InputError, match="encodes pictures; the items are texts"):
        checked_folder(lite, "text")
