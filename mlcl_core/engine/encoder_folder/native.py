"""An encoder as config.json and model.safetensors; a model of the transformers library in the folder ``pretrained``."""

import json
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from mlcl_core.data import FeatureScale
from mlcl_core.engine.encoder_folder.parts import EncoderParts
from mlcl_core.engine.encoder_folder.pretrained import save_pretrained
from mlcl_core.engine.encoder_folder.saved import SavedEncoder
from mlcl_core.errors import InputError
from mlcl_core.models import (
    ENCODERS,
    PRETRAINED,
    MixtureHead,
    PictureTransformer,
    ProjectionHead,
    build_encoder,
    located,
)

CONFIG, WEIGHTS, INNER = "config.json", "model.safetensors", "pretrained"
OF_MODEL = "encoder.model."  # weights that the folder ``pretrained`` holds
MAX_BYTES = 1 << 20  # of config.json
Size = Annotated[int, Field(ge=1, le=1 << 20)]


class Head(BaseModel):
    """The sizes of the projection head; ``labels``: it gives mixtures of as many components."""

    model_config = ConfigDict(extra="forbid")
    features: Size
    hidden: Size
    dims: Size
    labels: Size | None = None


class NativeConfig(BaseModel):
    """config.json.

    ``pretrained``: the folder of that name, or the name of an encoder that installs with the Lab; None: there is none.
    ``frozen``: it stands before the network and was not trained.
    """

    model_config = ConfigDict(extra="forbid")
    format: Literal["mlcl-lab encoder"] = "mlcl-lab encoder"
    version: Literal[1] = 1
    kind: Literal["features", "picture"]
    encoder: str
    options: dict[str, bool | int | float | str]
    shape: list[Size]
    head: Head
    pretrained: str | None = None
    frozen: bool = False
    scaled: bool = False
    about: dict[str, Any] = Field(default_factory=dict)


def write_native(parts: EncoderParts, folder: Path, about: dict[str, Any]) -> None:
    """Write an encoder into an empty folder.

    Args:
        parts: The encoder.
        folder: An empty folder.
        about: Where it comes from, plain JSON.

    Raises:
        InputError: It takes texts, which :func:`write_sentence_transformers` writes.
    """
    if parts.kind == "text":
        raise InputError("an encoder of texts is written for sentence-transformers")
    tensors = {f"head.{name}": tensor for name, tensor in parts.head.state_dict().items()}
    tensors |= {f"encoder.{name}": tensor for name, tensor in parts.encoder.state_dict().items()}
    holder = parts.front or (parts.encoder if isinstance(parts.encoder, PictureTransformer) else None)
    pretrained = parts.source
    if isinstance(holder, PictureTransformer) and holder.processor is not None:
        save_pretrained(holder.model, folder / INNER)
        holder.processor.save_pretrained(folder / INNER)
        pretrained = INNER
        tensors = {name: tensor for name, tensor in tensors.items() if not name.startswith(OF_MODEL)}
    if parts.scale is not None:
        tensors |= {f"scale.{name}": torch.from_numpy(getattr(parts.scale, name)) for name in ("mean", "deviation")}
    config = NativeConfig(
        kind="features" if parts.kind == "features" else "picture",
        encoder=parts.name,
        options=parts.options,
        shape=list(parts.shape),
        head=_head_sizes(parts.head),
        pretrained=pretrained,
        frozen=parts.front is not None,
        scaled=parts.scale is not None,
        about=about,
    )
    save_file({name: tensor.cpu().contiguous() for name, tensor in tensors.items()}, folder / WEIGHTS)
    (folder / CONFIG).write_text(json.dumps(config.model_dump(), indent=2) + "\n", encoding="utf-8")


def load_encoder(folder: str | Path, device: str | torch.device = "cpu") -> SavedEncoder:
    """Open an encoder that ``mlcl export RUN --what encoder`` wrote.

    Args:
        folder: The folder; only files in it are opened, and the encoder that it names of those that install with the
            Lab.
        device: Where it is to compute.

    Returns:
        The encoder; ``load_encoder(folder).encode(items).z``.

    Raises:
        InputError: The folder holds no such encoder, or is damaged; an encoder of texts, which sentence-transformers
            opens.
    """
    folder = Path(folder)
    if (folder / "modules.json").is_file():
        raise InputError(f"{folder} holds an encoder of texts: sentence_transformers.SentenceTransformer opens it")
    config = _config(folder / CONFIG)
    try:
        tensors = load_file(folder / WEIGHTS)
    except (OSError, SafetensorError) as error:
        raise InputError(f"{folder / WEIGHTS}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    source = _pretrained_folder(config, folder)
    front = PictureTransformer(source) if config.frozen and source is not None else None
    pretrained = ENCODERS[config.encoder].pretrained
    if pretrained and source is None:
        raise InputError(f"{folder / CONFIG}: encoder {config.encoder} names no pretrained model")
    encoder = build_encoder(config.encoder, source if pretrained and source else tuple(config.shape), **config.options)
    head = _built_head(config.head)
    if pretrained and config.pretrained == INNER:
        tensors |= {f"{OF_MODEL}{name}": tensor for name, tensor in encoder.model.state_dict().items()}  # type: ignore[union-attr, operator]
    _fill(encoder, "encoder.", tensors, folder)
    _fill(head, "head.", tensors, folder)
    scale = _scale(tensors, folder) if config.scaled else None
    return SavedEncoder(config.kind, encoder, head, front, scale, config.about).to(device)


def _config(path: Path) -> NativeConfig:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path} is too large to describe an encoder")
        config = NativeConfig.model_validate_json(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "it"
        raise InputError(f"{path} describes no encoder of mlcl export: {where}: {first['msg']}") from None
    if config.encoder not in ENCODERS:
        raise InputError(f"{path}: there is no encoder {config.encoder!r}; encoders are {', '.join(ENCODERS)}")
    return config


def _pretrained_folder(config: NativeConfig, folder: Path) -> Path | None:
    if config.pretrained is None:
        return None
    if config.pretrained == INNER:
        return folder / INNER
    if config.pretrained not in PRETRAINED:
        raise InputError(f"{folder / CONFIG}: pretrained must be {INNER!r} or one of {', '.join(PRETRAINED)}")
    return located(config.pretrained)


def _head_sizes(head: nn.Module) -> Head:
    assert isinstance(head, ProjectionHead | MixtureHead)
    first, _, last = head.layers
    assert isinstance(first, nn.Linear)
    assert isinstance(last, nn.Linear)
    sizes = {"features": first.in_features, "hidden": first.out_features}
    if isinstance(head, MixtureHead):
        return Head(**sizes, dims=head.dims, labels=head.labels)
    return Head(**sizes, dims=last.out_features)


def _built_head(sizes: Head) -> nn.Module:
    shape = sizes.features, sizes.hidden, sizes.dims
    return ProjectionHead(*shape) if sizes.labels is None else MixtureHead(*shape, sizes.labels)


def _fill(module: nn.Module, prefix: str, tensors: dict[str, Tensor], folder: Path) -> None:
    mine = {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
    try:
        module.load_state_dict(mine)
    except RuntimeError as error:
        first = str(error).splitlines()[-1].strip()
        raise InputError(f"{folder / WEIGHTS} does not fit config.json: {first}") from None


def _scale(tensors: dict[str, Tensor], folder: Path) -> FeatureScale:
    mean, deviation = (tensors.get(f"scale.{name}") for name in ("mean", "deviation"))
    if mean is None or deviation is None or mean.shape != deviation.shape or mean.ndim != 1:
        raise InputError(f"{folder / WEIGHTS} holds no mean and deviation of the features")
    return FeatureScale(mean.double().numpy().astype(np.float64), deviation.double().numpy().astype(np.float64))


__all__ = ["load_encoder", "write_native"]
