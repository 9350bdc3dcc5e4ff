"""Texts through a pretrained transformer: a state for each token, and their mean."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from mlcl_core.encoder_parameters import Chunk, Layers, Pooling, Recompute
from mlcl_core.models.encoder import Encoder, EncoderRecord
from mlcl_core.models.transformer import BUCKET, learn_last, opened, recomputed, unreadable

ENDED = -1  # in place of a token after the end of a text
MAX_CHARACTERS_PER_TOKEN = 16  # largest average of characters per token: the rest of a longer text is not tokenised


class States(NamedTuple):
    """The output of the last layer: a state for each token, and which tokens exist."""

    state: Float[Tensor, "n t width"]
    there: Tensor


class TextTransformer(Encoder):
    """A transformer of the ``transformers`` library; h is the mean over an item's tokens, or its first token's state.

    Texts of similar length form a forward pass and are padded to the longest of them. The model's dropout makes the two
    views of a text differ.

    Args:
        folder: Folder of the model, as ``checked_folder`` accepts it.
        layers: Number of last layers that are trained, with all modules after them; 0: all, embeddings too.
        pooling: ``mean`` of the tokens, or ``first``.
        chunk: Texts whose states are in memory at once; 0: all. The gradient is exactly that of the whole batch: the
            backward pass computes the states of a chunk again.
        recompute: Compute states again in the backward pass, which saves memory and costs a third more time; implied
            by ``chunk``.

    Shape:
        Int32 [n, t], ``ENDED`` after the end of a text, to float [n, features].

    Edge cases:
        The h of a text without tokens is 0.

    Raises:
        InputError: The folder can't be opened.

    References:
        Gao et al., "Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup", RepL4NLP 2021 (chunks
        whose gradient is that of the whole batch); Gao et al., SimCSE, EMNLP 2021 (dropout as the second view).
    """

    def __init__(
        self,
        folder: Path,
        *,
        layers: Layers = 0,
        pooling: Pooling = "mean",
        chunk: Chunk = 0,
        recompute: Recompute = False,
    ) -> None:
        """Open the model."""
        super().__init__()
        self.model = opened(folder, "text")
        self.feature_dim = self.model.config.hidden_size
        self.pooling, self.chunk, self.recompute = pooling, chunk, recompute
        if getattr(self.model, "pooler", None) is not None:
            self.model.pooler = None  # a layer of another task, which would get no gradient
        learn_last(self.model, layers)

    @property
    def token_width(self) -> int:
        """Width of a token's state."""
        return self.feature_dim

    def feature_maps(self, x: Int[Tensor, "n t"]) -> States:
        """The output of the last layer, computed in chunks from the shortest texts to the longest."""
        lengths = (x >= 0).sum(1)
        order = lengths.argsort(stable=True)
        size = self.chunk or BUCKET
        again = self.recompute or bool(self.chunk)
        parts = [
            recomputed(self._forward, x[rows][:, : max(1, int(lengths[rows[-1]]))], self.model, again=again)
            for rows in order.split(size)
            if len(rows)
        ]
        longest = max((part.shape[1] for part in parts), default=1)
        states = [nn.functional.pad(part, (0, 0, 0, longest - part.shape[1])) for part in parts]
        state = torch.cat(states) if states else torch.zeros(0, 1, self.feature_dim, device=x.device)
        back = order.argsort(stable=True)
        return States(state[back], x[:, :longest] >= 0)

    def _forward(self, x: Int[Tensor, "n t"]) -> Float[Tensor, "n t width"]:
        return self.model(input_ids=x.clamp_min(0).long(), attention_mask=(x >= 0).long()).last_hidden_state

    def pool(self, feature_maps: States) -> Float[Tensor, "n features"]:
        """Features h: the mean over the tokens, or the state of the first."""
        if self.pooling == "first":
            return feature_maps.state[:, 0]
        there = feature_maps.there[..., None].to(feature_maps.state.dtype)
        return (feature_maps.state * there).sum(1) / there.sum(1).clamp_min(1)

    def tokens(self, feature_maps: States) -> Float[Tensor, "n t width"]:
        """The tokens' states."""
        return feature_maps.state

    def missing(self, feature_maps: States) -> Tensor:
        """Which tokens are padding."""
        return ~feature_maps.there


def tokeniser(folder: Path) -> Any:
    """The tokeniser of a folder that ``checked_folder`` accepts.

    Raises:
        InputError: It can't be opened.
    """
    from transformers import AutoTokenizer

    try:
        return AutoTokenizer.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    except Exception as error:
        raise unreadable(folder, error) from error


def tokenised(texts: Sequence[str], tokeniser: Any, max_length: int) -> list[list[int]]:
    """The tokens of each text, at most ``max_length`` of them."""
    # only the beginning: texts of megabytes are slow to tokenise
    beginnings = [text[: MAX_CHARACTERS_PER_TOKEN * max_length] for text in texts]
    return tokeniser(beginnings, truncation=True, max_length=max_length, padding=False)["input_ids"] if texts else []


def padded(tokens: Sequence[Sequence[int]]) -> Int[Tensor, "n t"]:
    """Tokens as one tensor, ``ENDED`` after the end of each."""
    table = torch.full((len(tokens), max(map(len, tokens), default=1)), ENDED, dtype=torch.int32)
    for row, line in enumerate(tokens):
        table[row, : len(line)] = torch.tensor(line, dtype=torch.int32)
    return table


TEXT_TRANSFORMER = EncoderRecord(
    name="text_transformer",
    title="Pretrained transformer for texts, fine-tuned",
    kind="tokens",
    summary="Any text encoder of the transformers library; dropout makes the two views.",
    build=TextTransformer,
    pretrained=True,
)
