"""Texts through a pretrained transformer: alone, padded, in chunks; its trained layers; dropout."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from mlcl_core.errors import InputError
from mlcl_core.models import LabelHead, TextTransformer, build_encoder, padded, tokenised, tokeniser
from mlcl_core.models.passes import Budget
from mlcl_core.models.text_transformer import ENDED, longest_text
from tests.host_reads import host_reads, on_host, pretended_device
from tests.tiny_models import TEXTS, text_model


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model."""
    return text_model(tmp_path_factory.mktemp("model"))


@pytest.fixture
def tokens(folder: Path) -> Tensor:
    """The texts as tokens."""
    return padded(tokenised(TEXTS, tokeniser(folder), 20))


def gradients(encoder: TextTransformer, tokens: Tensor, seed: int) -> list[Tensor]:
    """Gradients of all trained parameters, of a loss that is not linear in h."""
    torch.manual_seed(seed)
    encoder.train()
    encoder(tokens).pow(3).sum().backward()
    return [p.grad for p in encoder.parameters() if p.requires_grad]


def test_tokens_are_those_of_the_tokeniser(folder: Path) -> None:
    """Marks at both ends, unknown words marked, cut at the longest, ENDED behind the end."""
    words = tokeniser(folder)
    found = padded(tokenised(["the sea", "xyz sun sun sun sun"], words, 5))
    assert found.tolist() == [[2, 4, 6, 3, ENDED], [2, 1, 7, 7, 3]]
    assert found.dtype == torch.int32


@pytest.mark.parametrize("pooling", ["mean", "first"])
def test_features_are_the_models(folder: Path, tokens: Tensor, pooling: str) -> None:
    """h is the mean of the last layer's states over a text's tokens, or the first one's, each text alone."""
    from transformers import AutoModel

    model = AutoModel.from_pretrained(folder).eval()
    h = TextTransformer(folder, pooling=pooling).eval()(tokens)
    for row, line in enumerate(tokens):
        states = model(input_ids=line[line >= 0].long()[None]).last_hidden_state[0]
        alone = states.mean(0) if pooling == "mean" else states[0]
        assert torch.allclose(h[row], alone, atol=1e-6)


@pytest.mark.parametrize("bucket", [1, 2, 4, 100])
def test_company_does_not_matter(folder: Path, tokens: Tensor, bucket: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Features and tokens do not depend on the chunk size and come in the given order."""
    encoder = TextTransformer(folder).eval()
    whole = encoder.feature_maps(tokens)
    monkeypatch.setattr("mlcl_core.models.text_transformer.BUCKET", bucket)
    parts = encoder.feature_maps(tokens)
    assert torch.allclose(encoder.pool(parts), encoder.pool(whole), atol=1e-6)
    assert torch.equal(parts.there, whole.there)
    there = whole.there[..., None]
    assert torch.allclose(parts.state * there, whole.state * there, atol=1e-6)


@pytest.mark.parametrize("chunk", [1, 4])
def test_chunks_give_the_gradient_of_all_at_once(tmp_path: Path, tokens: Tensor, chunk: int) -> None:
    """Without dropout the gradient in chunks is that of the whole batch, for every parameter."""
    still = text_model(tmp_path, dropout=0.0)
    whole, parts = TextTransformer(still).double(), TextTransformer(still, chunk=chunk).double()
    for one, other in zip(gradients(whole, tokens, 0), gradients(parts, tokens, 0), strict=True):
        assert torch.allclose(one, other, rtol=1e-10, atol=1e-14)


def test_recomputing_draws_the_same_dropout(folder: Path, tokens: Tensor) -> None:
    """States that are computed again in the backward pass are those of the forward pass: equal gradients, same seed."""
    kept, again = TextTransformer(folder), TextTransformer(folder, recompute=True)
    for one, other in zip(gradients(kept, tokens, 5), gradients(again, tokens, 5), strict=True):
        assert torch.equal(one, other)
    moved = gradients(TextTransformer(folder), tokens, 6)
    assert any(not torch.equal(one, other) for one, other in zip(gradients(kept, tokens, 5), moved, strict=True))


def test_dropout_makes_two_views(folder: Path, tokens: Tensor) -> None:
    """The same tokens give different features in training mode and equal ones in evaluation mode."""
    encoder = TextTransformer(folder)
    encoder.train()
    assert not torch.equal(encoder(tokens), encoder(tokens))
    encoder.eval()
    assert torch.equal(encoder(tokens), encoder(tokens))


@pytest.mark.parametrize("layers", [0, 1, 2, 3])
def test_the_last_layers_learn(folder: Path, tokens: Tensor, layers: int) -> None:
    """With k layers those alone get a gradient; with 0 everything does, embeddings too."""
    encoder = TextTransformer(folder, layers=layers)
    encoder(tokens).square().sum().backward()
    learnt = {name for name, p in encoder.named_parameters() if p.grad is not None}
    expected = {
        name
        for name, _ in encoder.named_parameters()
        if layers == 0 or any(f"encoder.layer.{i}." in name for i in range(3 - layers, 3))
    }
    assert learnt == expected
    with pytest.raises(InputError, match=r"pretrained\.layers is 9; this model has 3"):
        TextTransformer(folder, layers=9)


@pytest.mark.parametrize("n", [0, 1])
def test_few_texts(folder: Path, tokens: Tensor, n: int) -> None:
    """Batches of no text and of one text are encoded."""
    encoder = TextTransformer(folder).eval()
    assert encoder(tokens[:n]).shape == (n, 16)
    assert encoder.feature_dim == encoder.token_width == 16


def test_a_text_without_tokens(folder: Path) -> None:
    """The features of an empty text are zeros, not NaN, and have a gradient."""
    encoder = TextTransformer(folder)
    h = encoder(torch.full((2, 3), ENDED, dtype=torch.int32))
    assert torch.equal(h, torch.zeros(2, 16))
    h.sum().backward()


def test_labels_look_at_tokens_that_are_there(folder: Path, tokens: Tensor) -> None:
    """A label head's embeddings don't depend on how far a text was padded."""
    encoder, head = TextTransformer(folder).eval(), LabelHead(16, 8, 5).eval()
    maps = encoder.feature_maps(tokens)
    together = head(encoder.tokens(maps), encoder.missing(maps))
    alone = encoder.feature_maps(tokens[:1])
    assert torch.allclose(head(encoder.tokens(alone), encoder.missing(alone))[0], together[0], atol=1e-6)


def test_long_texts_cost_nothing(folder: Path) -> None:
    """A text of ten megabytes is cut before it is tokenised."""
    assert len(tokenised(["sea " * 2_500_000], tokeniser(folder), 20)[0]) == 20


def test_by_name(folder: Path) -> None:
    """The registry builds it from a folder only."""
    assert isinstance(build_encoder("text_transformer", folder, layers=1), TextTransformer)
    with pytest.raises(InputError, match="made of the folder of a pretrained model"):
        build_encoder("text_transformer", (20,))
    with pytest.raises(InputError, match="made of the shape of an item"):
        build_encoder("mlp", folder)


@pytest.mark.parametrize("budget", [None, Budget(1, 10**6), Budget(10**6, 10**9)])
@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_nothing_waits_for_the_device(
    folder: Path, tokens: Tensor, budget: Budget | None, attention: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sorting, padding, masks, forward and backward pass bring no value to the host; the features are the CPU's."""
    monkeypatch.setattr("mlcl_core.models.text_transformer.token_budget", lambda *_: budget)
    encoder = TextTransformer(folder).eval()
    encoder.model.set_attn_implementation(attention)
    expected = encoder(tokens)
    with pretended_device() as device:
        encoder.to(device)
        with host_reads(device) as reads:
            h = encoder(tokens)
            h.square().sum().backward()
        assert reads == []
        assert torch.allclose(on_host(h), expected, atol=1e-6)


def test_the_library_by_itself_looks_at_masks(folder: Path, tokens: Tensor) -> None:
    """A model that is not told reads each mask, and still does beside one that is."""
    from transformers import AutoModel

    TextTransformer(folder)
    with pretended_device() as device:
        model, x = AutoModel.from_pretrained(folder).to(device), tokens.to(device)
        with host_reads(device) as reads:
            model(input_ids=x.clamp_min(0).long(), attention_mask=(x >= 0).long())
    assert len(reads) == 1


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_full_passes_have_no_mask(folder: Path, attention: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts of equal length go through without a mask, with the features that one would give."""
    tokens = torch.randint(4, 19, (5, 12), generator=torch.Generator().manual_seed(0), dtype=torch.int32)
    encoder = TextTransformer(folder).eval()
    encoder.model.set_attn_implementation(attention)
    masks, real = [], encoder.model.forward
    monkeypatch.setattr(encoder.model, "forward", lambda **x: masks.append(x["attention_mask"]) or real(**x))
    h = encoder(tokens)
    assert masks == [None]
    states = encoder.model(input_ids=tokens.long(), attention_mask=torch.ones(5, 12)).last_hidden_state
    assert torch.allclose(h, states.mean(1), atol=1e-6)


def test_a_text_longer_than_the_models_positions(folder: Path, tmp_path: Path) -> None:
    """One line with the setting; positions that belong to padding do not count."""
    from transformers import RobertaConfig, RobertaModel

    with pytest.raises(InputError, match=r"has 65 tokens; this model reads at most 64: pretrained.max_length=64"):
        TextTransformer(folder)(torch.full((1, 65), 5, dtype=torch.int32))
    sizes = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": 8}
    model = RobertaModel(RobertaConfig(vocab_size=20, max_position_embeddings=34, pad_token_id=1, **sizes))
    assert longest_text(model) == 32
    model(input_ids=torch.full((1, 32), 5))
    with pytest.raises((IndexError, RuntimeError)):
        model(input_ids=torch.full((1, 33), 5))
