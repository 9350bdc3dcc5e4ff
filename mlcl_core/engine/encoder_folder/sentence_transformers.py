"""An encoder of texts as a folder that the library sentence-transformers opens.

The library is not needed to write it: the folder is a model of the transformers library, a list of modules, and the
weights of each. A frozen encoder with a network behind it is written by modules of the library too. Of these, ``Dense``
takes any activation of torch, but writes its name alone: without parameters. So the clipping of standardised features
at 10 deviations is a ``Hardtanh``, which clips at 1, of a tenth of the features.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from mlcl_core.data import FeatureScale
from mlcl_core.data.scale import MAX_DEVIATION
from mlcl_core.engine.encoder_folder.parts import EncoderParts
from mlcl_core.engine.encoder_folder.pretrained import save_pretrained
from mlcl_core.errors import InputError
from mlcl_core.models import MixtureHead, TextTransformer, tokeniser

MODULES = "sentence_transformers.models"
IDENTITY, RELU, HARDTANH = (
    "torch.nn.modules.linear.Identity",
    "torch.nn.modules.activation.ReLU",
    "torch.nn.modules.activation.Hardtanh",
)
POOLINGS = ("cls_token", "mean_tokens", "max_tokens", "mean_sqrt_len_tokens")


@dataclass(frozen=True)
class Module:
    """One module behind the transformer: its class, its config.json, and its weights."""

    kind: str
    config: dict[str, Any]
    tensors: dict[str, Tensor] = field(default_factory=dict)


def write_sentence_transformers(parts: EncoderParts, folder: Path, space: str) -> None:
    """Write an encoder of texts into an empty folder.

    Args:
        parts: The encoder.
        folder: An empty folder.
        space: ``h``: the features before the projection head, or ``z``: its output, of length 1.

    Error:
        Behind a frozen encoder, features are rounded to float32 before their mean is taken off: the error is about 1e-7
        times the largest ratio of a feature's mean to its deviation.

    Raises:
        InputError: It takes no texts; its head gives mixtures and ``z`` is wanted; a tokeniser that cannot be opened.
    """
    transformer = parts.front or parts.encoder
    if not isinstance(transformer, TextTransformer) or parts.folder is None:
        raise InputError("sentence-transformers opens encoders of texts")
    if space == "z" and isinstance(parts.head, MixtureHead):
        raise InputError(
            "the head of this run gives mixtures, which sentence-transformers has no module for: --space h"
        )
    save_pretrained(transformer.model, folder)
    words = tokeniser(parts.folder)
    longest = min(filter(None, (parts.max_length, transformer.longest)))
    words.model_max_length = longest
    words.save_pretrained(folder)
    pooling = {f"pooling_mode_{name}": name == _pooled(transformer) for name in POOLINGS}
    modules = [Module("Pooling", {"word_embedding_dimension": transformer.feature_dim, **pooling})]
    if parts.front is not None:
        modules += _network(parts.encoder.layers, parts.scale)  # type: ignore[arg-type]
    if space == "z":
        modules += [*_dense(parts.head.layers), Module("Normalize", {})]  # type: ignore[arg-type]
    _write_json(folder / "sentence_bert_config.json", {"max_seq_length": longest, "do_lower_case": False})
    _write_json(folder / "config_sentence_transformers.json", {"similarity_fn_name": "cosine"})
    listed = [{"idx": 0, "name": "0", "path": "", "type": f"{MODULES}.Transformer"}]
    for place, module in enumerate(modules, 1):
        path = f"{place}_{module.kind}"
        listed.append({"idx": place, "name": str(place), "path": path, "type": f"{MODULES}.{module.kind}"})
        (folder / path).mkdir()
        _write_json(folder / path / "config.json", module.config)
        if module.tensors:
            tensors = {name: tensor.detach().cpu().float().contiguous() for name, tensor in module.tensors.items()}
            save_file(tensors, folder / path / "model.safetensors")
    _write_json(folder / "modules.json", listed)


def _pooled(transformer: TextTransformer) -> str:
    return "mean_tokens" if transformer.pooling == "mean" else "cls_token"


def _network(layers: nn.Sequential, scale: FeatureScale | None) -> list[Module]:
    """Modules of a network behind a frozen encoder, which standardise its features first."""
    if scale is None:
        return _dense(layers)
    mean, deviation = (torch.from_numpy(values) for values in (scale.mean, scale.deviation))
    unit = torch.where(deviation > 0, 1 / (MAX_DEVIATION * deviation), 0.0)
    first, *rest = _dense(layers)
    weights = {**first.tensors, "linear.weight": MAX_DEVIATION * first.tensors["linear.weight"].double().cpu()}
    tenth = _dense_module(torch.diag(unit), -mean * unit, HARDTANH)
    return [tenth, Module(first.kind, first.config, weights), *rest]


def _dense(layers: Iterable[nn.Module]) -> list[Module]:
    """Linear layers, layer normalisations and ReLUs as modules of the library; a ReLU joins the linear layer before."""
    found: list[Module] = []
    for layer in layers:
        if isinstance(layer, nn.Linear):
            found.append(_dense_module(layer.weight, layer.bias, IDENTITY))
        elif isinstance(layer, nn.LayerNorm):
            width = layer.normalized_shape[0]
            found.append(
                Module("LayerNorm", {"dimension": width}, {f"norm.{k}": v for k, v in layer.state_dict().items()})
            )
        elif isinstance(layer, nn.ReLU):
            if found[-1].kind != "Dense":
                width = int(found[-1].config["dimension"])
                found.append(_dense_module(torch.eye(width), torch.zeros(width), IDENTITY))
            found[-1].config["activation_function"] = RELU
        else:
            raise InputError(f"sentence-transformers has no module for {type(layer).__name__}")
    return found


def _dense_module(weight: Tensor, bias: Tensor, activation: str) -> Module:
    sizes = {"in_features": weight.shape[1], "out_features": weight.shape[0], "bias": True}
    tensors = {"linear.weight": weight, "linear.bias": bias}
    return Module("Dense", {**sizes, "activation_function": activation}, tensors)


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


__all__ = ["write_sentence_transformers"]
