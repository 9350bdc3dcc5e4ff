"""A model of the transformers library as a folder of that library."""

from pathlib import Path
from typing import Any

from mlcl_core.errors import InputError
from mlcl_core.models.attention_masks import TOLD


def save_pretrained(model: Any, folder: Path) -> None:
    """Write a model into a folder, in safetensors, as ``AutoModel.from_pretrained`` opens it.

    Raises:
        InputError: It is half of a model that encodes and decodes, which the library opens as a whole only.
    """
    if getattr(model.config, "is_encoder_decoder", False) or not hasattr(model, "save_pretrained"):
        name = type(model).__name__
        raise InputError(f"{name} is the encoder of a larger model, which transformers cannot open without the rest")
    told = [module.config for module in model.modules() if TOLD in vars(getattr(module, "config", object))]
    for config in told:
        vars(config).pop(TOLD, None)  # a mark of this process, which is no setting of the model
    try:
        model.save_pretrained(folder)
    finally:
        for config in told:
            setattr(config, TOLD, True)


__all__ = ["save_pretrained"]
