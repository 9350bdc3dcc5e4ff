"""A trained encoder as a folder that other programs open, and back; no pickle is written or read."""

from mlcl_core.engine.encoder_folder.native import load_encoder, write_native
from mlcl_core.engine.encoder_folder.parts import EncoderParts, encoder_parts
from mlcl_core.engine.encoder_folder.saved import SavedEncoder
from mlcl_core.engine.encoder_folder.sentence_transformers import write_sentence_transformers

__all__ = [
    "EncoderParts",
    "SavedEncoder",
    "encoder_parts",
    "load_encoder",
    "write_native",
    "write_sentence_transformers",
]
