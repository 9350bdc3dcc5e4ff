#!/usr/bin/env bash
# sentence-transformers saves the name of an activation without its parameters, and loads another model.
#
# Guess:     a model whose Dense module has an activation with parameters, as torch.nn.LeakyReLU(0.5), gives the same
#            embeddings after save and load, or one of both refuses it or warns.
# Version:   sentence-transformers 6.2.0 (torch 2.13.0, transformers 5.24.0, numpy 2.4.6).
# Behaviour: config.json of the module holds torch.nn.modules.activation.LeakyReLU alone; it is loaded with the default
#            slope of 0.01. Nothing is said. Hardtanh(-10, 10) clips at 1 afterwards, Softplus(beta=5) has beta 1.
# Seen:      embeddings of three texts before and after, largest difference of two entries:
#                ReLU()              -> ReLU()                              0.0
#                LeakyReLU(0.5)      -> LeakyReLU(negative_slope=0.01)      4.47
#                Hardtanh(-10, 10)   -> Hardtanh(min_val=-1.0, max_val=1.0) 8.12
#
# Exits with 0 while it is so, with 1 when it no longer is.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  sentence-transformers==6.2.0 torch==2.13.0 transformers==5.24.0 numpy==2.4.6
HF_HUB_OFFLINE=1 "$folder/venv/bin/python" -W error::UserWarning - "$folder" <<'PYTHON'
import sys
from pathlib import Path

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Dense
from sentence_transformers.sentence_transformer.modules import StaticEmbedding
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

words = ["[UNK]", "sea", "storm", "bread", "boat"]
tokenizer = Tokenizer(WordLevel({word: place for place, word in enumerate(words)}, unk_token="[UNK]"))
tokenizer.pre_tokenizer = Whitespace()
weights = np.random.default_rng(0).normal(size=(len(words), 8)).astype(np.float32)
texts = ["sea storm", "bread", "boat sea bread"]
different = []
for activation in (torch.nn.ReLU(), torch.nn.LeakyReLU(0.5), torch.nn.Hardtanh(-10, 10)):
    torch.manual_seed(0)
    dense = Dense(8, 8, activation_function=activation)
    dense.linear.weight.data *= 10
    model = SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_weights=weights), dense], device="cpu")
    place = Path(sys.argv[1]) / type(activation).__name__
    model.save(str(place), create_model_card=False)
    again = SentenceTransformer(str(place), device="cpu")
    difference = float(np.abs(model.encode(texts) - again.encode(texts)).max())
    print(f"{activation!s:42} -> {again[1].activation_function!s:42} {difference:.2f}")
    different.append(difference > 0.1)
sys.exit(0 if different == [False, True, True] else 1)
PYTHON
