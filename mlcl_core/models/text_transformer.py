"""Texts through a pretrained transformer: a state for each token, and their mean."""

from collections.abc import Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from mlcl_core.encoder_parameters import Chunk, Layers, Pooling, Recompute
from mlcl_core.errors import InputError
from mlcl_core.models.attention_masks import tell_padding
from mlcl_core.models.encoder import Encoder, EncoderRecord
from mlcl_core.models.passes import BUCKET, Pass, by_budget, device_of, in_buckets, to_device, token_budget
from mlcl_core.models.transformer import blocks, learn_last, opened, recomputed, unreadable

ENDED = -1  # in place of a token after the end of a text
MAX_CHARACTERS_PER_TOKEN = 16  # largest average of characters per token: the rest of a longer text is not tokenised


class States(NamedTuple):
    """The output of the last layer: a state for each token, and which tokens exist."""

    state: Float[Tensor, "n t width"]
    there: Tensor


class TextTransformer(Encoder):
    """A transformer of the ``transformers`` library; h is the mean over an item's tokens, or its first token's state.

    Texts of similar length form a forward pass and are padded to the longest of them: 64 on a CPU, on an accelerator as
    many as fit into its memory and are worth a pass (:mod:`mlcl_core.models.passes`). The model's dropout makes the two
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
        Int32 [n, t] on the host, ``ENDED`` after the end of a text, to float [n, features] on the model's device.

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
        self.longest = longest_text(self.model)
        tell_padding(self.model)
        if getattr(self.model, "pooler", None) is not None:
            self.model.pooler = None  # a layer of another task, which would get no gradient
        learn_last(self.model, layers)

    @property
    def token_width(self) -> int:
        """Width of a token's state."""
        return self.feature_dim

    def feature_maps(self, x: Int[Tensor, "n t"]) -> States:
        """The output of the last layer, computed in passes of texts of similar length.

        Tokens are taken on the host, which sorts and pads them and does not wait for the device; from a device they are
        fetched first. Tokens beyond a text's end are not looked at.
        """
        x = x.to("cpu")
        lengths, device, passes = (x >= 0).sum(1), device_of(self.model), self.passes(x)
        if not passes:
            return States(torch.zeros(0, 1, self.feature_dim, device=device), torch.zeros(0, 1, device=device) > 0)
        longest = max(one.width for one in passes)
        states = [_lengthened(self._through(one, x, device), longest) for one in passes]
        state = torch.cat(states) if len(states) > 1 else states[0]
        there = torch.arange(longest, device=device) < to_device(lengths, device)[:, None]
        order = np.concatenate([one.rows for one in passes])
        if (order[1:] > order[:-1]).all():
            return States(state, there)
        back = torch.from_numpy(order.argsort())
        return States(state.index_select(0, to_device(back, device)), there)

    def passes(self, x: Int[Tensor, "n t"]) -> list[Pass]:
        """Which texts go through together, of tokens on the host.

        Raises:
            InputError: A text has more tokens than the model has positions.
        """
        lengths = (x >= 0).sum(1).numpy()
        self.refuse_long(int(lengths.max(initial=0)))
        if self.chunk:
            return in_buckets(lengths, self.chunk)
        kept = len(blocks(self.model)) if self.recompute else None
        budget = token_budget(device_of(self.model), self.feature_dim, kept if torch.is_grad_enabled() else 1)
        return in_buckets(lengths, BUCKET) if budget is None else by_budget(lengths, budget, self.longest)

    def refuse_long(self, tokens: int) -> None:
        """Raise :class:`InputError` for a text of more tokens than the model has positions."""
        if self.longest is not None and tokens > self.longest:
            most = f"this model reads at most {self.longest:,}"
            raise InputError(f"a text has {tokens:,} tokens; {most}: pretrained.max_length={self.longest}")

    def _through(self, one: Pass, x: Int[Tensor, "n t"], device: torch.device) -> Float[Tensor, "k padded width"]:
        part = x[torch.from_numpy(one.rows), : one.width]
        part = to_device(F.pad(part, (0, one.width - part.shape[1]), value=ENDED), device)
        again = self.recompute or bool(self.chunk)
        return recomputed(partial(self._forward, full=one.full), part, self.model, again=again)

    def _forward(self, x: Int[Tensor, "n t"], *, full: bool) -> Float[Tensor, "n t width"]:
        mask = None
        # without a mask attention takes a faster kernel
        if not full:
            mask = (x >= 0).long()
            mask[:, 0] = 1  # a text without tokens would attend to nothing, which not every kernel survives
        return self.model(input_ids=x.clamp_min(0).long(), attention_mask=mask).last_hidden_state

    def pool(self, feature_maps: States) -> Float[Tensor, "n features"]:
        """Features h: the mean over the tokens, or the state of the first."""
        there = feature_maps.there[..., None].to(feature_maps.state.dtype)
        if self.pooling == "first":
            return feature_maps.state[:, 0] * there[:, 0]
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
    lengths = np.fromiter(map(len, tokens), np.int64, len(tokens))
    table = np.full((len(tokens), lengths.max(initial=0) if len(tokens) else 1), ENDED, np.int32)
    table[np.arange(table.shape[1]) < lengths[:, None]] = np.fromiter(chain.from_iterable(tokens), np.int32)
    return torch.from_numpy(table)


def _lengthened(state: Float[Tensor, "n t width"], longest: int) -> Float[Tensor, "n longest width"]:
    # without a copy where there is nothing to add
    return state if state.shape[1] == longest else F.pad(state, (0, 0, 0, longest - state.shape[1]))


def longest_text(model: nn.Module) -> int | None:
    """Tokens for which a model has positions; None where any number has."""
    for name, module in model.named_modules():
        if name.endswith("position_embeddings") and isinstance(module, nn.Embedding):
            # where padding has a position, those of tokens begin behind it
            return module.num_embeddings - (0 if module.padding_idx is None else module.padding_idx + 1)
    return None


TEXT_TRANSFORMER = EncoderRecord(
    name="text_transformer",
    title="Pretrained transformer for texts, fine-tuned",
    kind="tokens",
    summary="Any text encoder of the transformers library; dropout makes the two views.",
    build=TextTransformer,
    pretrained=True,
)
