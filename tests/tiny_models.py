"""Tiny models of the transformers library in folders, with random weights: what a pretrained encoder is made of."""

import json
from pathlib import Path
from typing import Any

import torch

WORDS = (
    "the",
    "a",
    "sea",
    "sun",
    "fog",
    "red",
    "green",
    "blue",
    "boat",
    "tree",
    "bird",
    "stone",
    "cold",
    "warm",
    "old",
)
TEXTS = ("the sea", "a red boat on the cold sea", "sun", "", "fog and fog and fog and fog and fog", "old tree")


def text_model(folder: Path, *, dropout: float = 0.1, layers: int = 3, **changes: Any) -> Path:
    """A BERT of 16 features and ``layers`` layers with a tokeniser of whole words."""
    from transformers import BertConfig, BertModel

    config = BertConfig(
        vocab_size=len(WORDS) + 4,
        hidden_size=16,
        num_hidden_layers=layers,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=dropout,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        BertModel(config).save_pretrained(folder)
    vocabulary = {word: place for place, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS])}
    special = [
        {"id": place, "content": word, "special": True}
        | dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
        for word, place in list(vocabulary.items())[:4]
    ]
    pieces = {"A": {"Sequence": {"id": "A", "type_id": 0}}}
    marks = [{"SpecialToken": {"id": name, "type_id": 0}} for name in ("[CLS]", "[SEP]")]
    tokeniser = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": special,
        "normalizer": {"type": "Lowercase"},
        "pre_tokenizer": {"type": "Whitespace"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [marks[0], pieces["A"], marks[1]],
            "pair": [marks[0], pieces["A"], marks[1]],
            "special_tokens": {
                name: {"id": name, "ids": [vocabulary[name]], "tokens": [name]} for name in ("[CLS]", "[SEP]")
            },
        },
        "decoder": None,
        "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]"},
    }
    (folder / "tokenizer.json").write_text(json.dumps(tokeniser))
    names = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 64, **names})
    )
    return folder


def picture_model(folder: Path, *, dropout: float = 0.0) -> Path:
    """A vision transformer of 16 features on pictures of 32 x 32, with its image processor."""
    from transformers import ViTConfig, ViTModel

    config = ViTConfig(
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        image_size=32,
        patch_size=8,
        hidden_dropout_prob=dropout,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(4)
        ViTModel(config, add_pooling_layer=False).save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(
        json.dumps(
            {
                "image_processor_type": "ViTImageProcessor",
                "do_resize": True,
                "do_rescale": True,
                "do_normalize": True,
                "image_mean": [0.5, 0.4, 0.3],
                "image_std": [0.5, 0.25, 0.2],
                "size": {"height": 32, "width": 32},
            }
        )
    )
    return folder
