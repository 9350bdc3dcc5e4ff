"""Texts through a pretrained transformer: tokens in, one state a token and their mean out."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from mlcl_core.encoder_parameters import Chunk, Layers, Pooling, Recompute
from mlcl_core.models.encoder import Encoder, EncoderRecord
from mlcl_core.models.transformer import BUCKET, learn_last, opened, recomputed, unreadable
from mlcl_core.options import declared_options

ENDED = -1  # in place of a token where a text has ended
LONGEST_WORD = 16  # characters a token, at most on average: what comes later of a long text is never looked at


class States(NamedTuple):
    """The last layer: a state for each token, and which tokens there are."""

    state: Float[Tensor, "n t width"]
    there: Tensor


class TextTransformer(Encoder):
    """A transformer of the ``transformers`` library; h is the mean over an item's tokens, or its first token's state.

    Texts of like length go through together and are padded to the longest of them only. Its dropout is what makes two
    views of a text differ.

    Args:
        folder: Of the model, as ``checked_folder`` wants it.
        layers: How many of the last layers learn, with what comes after them; 0: all, embeddings too.
        pooling: ``mean`` of the tokens, or ``first``.
        chunk: Texts that are kept in memory at once; 0: all. The gradient is exactly that of all at once: what a chunk
            needs for its backward pass is computed again there.
        recompute: Compute the states of the layers again in the backward pass, which saves memory and costs a third
            more time; with ``chunk`` it is so anyway.

    Shape:
        Int32 [n, t], ``ENDED`` after the end of a text, to float [n, features].

    Edge cases:
        A text without any token: its h is 0.

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
            self.model.pooler = None  # a layer for another task, which no gradient would ever reach
        learn_last(self.model, layers)

    @property
    def token_width(self) -> int:
        """Numbers in a token's state."""
        return self.feature_dim

    def feature_maps(self, x: Int[Tensor, "n t"]) -> States:
        """The last layer; shorter texts first, in chunks."""
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

    def pool(self, maps: States) -> Float[Tensor, "n features"]:
        """Features h."""
        if self.pooling == "first":
            return maps.state[:, 0]
        there = maps.there[..., None].to(maps.state.dtype)
        return (maps.state * there).sum(1) / there.sum(1).clamp_min(1)

    def tokens(self, maps: States) -> Float[Tensor, "n t width"]:
        """The tokens' states."""
        return maps.state

    def missing(self, maps: States) -> Tensor:
        """Which tokens there are none of."""
        return ~maps.there


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


def tokenised(texts: Sequence[str], tokeniser: Any, longest: int) -> list[list[int]]:
    """The tokens of each text, cut at ``longest`` of them."""
    # slow only with texts of megabytes, of which all but the beginning is cut off anyway
    beginnings = [text[: LONGEST_WORD * longest] for text in texts]
    return tokeniser(beginnings, truncation=True, max_length=longest, padding=False)["input_ids"] if texts else []


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
    params=declared_options(TextTransformer.__init__),
    pretrained=True,
)
