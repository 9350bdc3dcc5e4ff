"""Items made ready: tokens for an encoder that learns, features of one that doesn't; what is kept, what refused."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from mlcl_core.data import LabelMatrix, MultiLabelData, Texts, standardised
from mlcl_core.engine import frozen as module
from mlcl_core.engine.check import check_config
from mlcl_core.engine.config import TrainConfig
from mlcl_core.engine.frozen import embedded
from mlcl_core.engine.loop import Trainer
from mlcl_core.engine.prepare import prepare
from mlcl_core.errors import InputError
from mlcl_core.models import TextTransformer, padded, tokenised, tokeniser
from mlcl_core.models.passes import Budget
from tests.engine.toy import toy_config, toy_data
from tests.tiny_models import WORDS, picture_model, text_model

pytestmark = pytest.mark.slow

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny text model."""
    return text_model(tmp_path_factory.mktemp("model"))


class Kept(dict[str, Tensor]):
    """A cache in memory."""

    def put(self, key: str, value: Tensor) -> None:
        """Keep it."""
        self[key] = value.clone()


def text_data(n: int = 48, seed: int = 0) -> MultiLabelData:
    """Texts of words of chance; the labels are which of the first three words a text holds."""
    generator = np.random.default_rng(seed)
    words = [list(generator.choice(WORDS, generator.integers(1, 9))) for _ in range(n)]
    y = np.array([[word in have for word in WORDS[:3]] for have in words])
    return MultiLabelData(
        name="texts",
        title="Texts",
        kind="text",
        items=Texts.of([" ".join(have) for have in words]),
        labels=LabelMatrix.of(y),
        label_names=tuple(WORDS[:3]),
        split=np.array(["train", "train", "train", "train", "validation", "test"] * (n // 6)),
        item_names=tuple(f"row {row}" for row in range(n)),
    )


def config(folder: Path, **settings: Any) -> TrainConfig:
    """The toy configuration with this model, frozen."""
    return toy_config(
        **{"pretrained__name": str(folder), "pretrained__max_length": 20, "loss__rule": "any_shared"} | settings
    )


def test_frozen_features_are_the_encoders(folder: Path) -> None:
    """Features are each text's alone, standardised over the training rows; the texts stay to be read."""
    data = text_data()
    made = prepare(config(folder), data, CPU)
    words, encoder = tokeniser(folder), TextTransformer(folder).eval()
    with torch.no_grad():
        alone = torch.cat([encoder(padded(tokenised([text], words, 20))) for text in data.items.some(slice(None))])
    expected = standardised(alone.numpy(), data.split == "train")[0]
    assert made.kind == "features"
    np.testing.assert_allclose(made.items.numpy(), expected, atol=1e-4)
    assert made.words is data.items
    assert made.labels is data.labels


def test_tokens_of_an_encoder_that_learns(folder: Path) -> None:
    """Fine-tuned, the items are the tokens, cut at the longest."""
    data = text_data()
    made = prepare(config(folder, model__encoder="text_transformer", pretrained__max_length=5), data, CPU)
    assert made.kind == "tokens"
    assert torch.equal(made.items, padded(tokenised(data.items.some(slice(None)), tokeniser(folder), 5)))
    assert made.words is data.items


def test_what_is_kept_is_not_made_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second run takes every block from the cache, opens no model, and has the same bits."""
    monkeypatch.setitem(module.BLOCK, "text", 10)
    data, kept, told = text_data(), Kept(), []
    first = embedded(
        data, folder, config(folder).pretrained, CPU, cache=kept, on_progress=lambda *said: told.append(said)
    )
    assert len(kept) == 5
    assert told[-1] == (48, 48, "encoding texts")
    assert [done for done, *_ in told] == sorted(done for done, *_ in told)
    monkeypatch.setattr(module, "TextTransformer", None)
    monkeypatch.setattr(module, "tokeniser", None)
    assert torch.equal(embedded(data, folder, config(folder).pretrained, CPU, cache=kept), first)


@pytest.mark.parametrize("change", ["max_length", "pooling", "text", "weights", "half"])
def test_what_differs_is_made_again(folder: Path, tmp_path: Path, change: str) -> None:
    """Another length, pooling, text, weights or precision is another entry of the cache."""
    data, kept, settings, half = text_data(), Kept(), config(folder).pretrained, False
    embedded(data, folder, settings, CPU, cache=kept)
    if change == "max_length":
        settings = settings.model_copy(update={"max_length": 19})
    elif change == "pooling":
        settings = settings.model_copy(update={"pooling": "first"})
    elif change == "text":
        data = text_data(seed=1)
    elif change == "half":
        half = True
    else:
        folder = text_model(tmp_path, layers=1)
    embedded(data, folder, settings, CPU, cache=kept, half=half)
    assert len(kept) == 2


def test_what_was_finished_survives(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupted in the third block, the first two are kept, and the next run begins there."""
    monkeypatch.setitem(module.BLOCK, "text", 10)
    data, kept, seen = text_data(), Kept(), []

    def stop(done: int, of: int, what: str) -> None:
        if done > 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        embedded(data, folder, config(folder).pretrained, CPU, cache=kept, on_progress=stop)
    assert len(kept) == 2
    real = module.tokenised
    monkeypatch.setattr(module, "tokenised", lambda texts, *more: seen.append(len(texts)) or real(texts, *more))
    again = embedded(data, folder, config(folder).pretrained, CPU, cache=kept)
    assert seen == [10, 10, 8]
    assert torch.equal(again, embedded(data, folder, config(folder).pretrained, CPU))


def test_a_damaged_entry_is_made_again(folder: Path) -> None:
    """Features of another number of rows are not believed."""
    data, kept = text_data(), Kept()
    first = embedded(data, folder, config(folder).pretrained, CPU, cache=kept)
    kept.update({key: value[:3] for key, value in kept.items()})
    assert torch.equal(embedded(data, folder, config(folder).pretrained, CPU, cache=kept), first)


@pytest.mark.parametrize("encoder", ["mlp", "text_transformer"])
def test_texts_train(folder: Path, encoder: str) -> None:
    """Both ways a run goes to its end, and the encoder that learns has learnt."""
    settings = {"model__encoder": encoder, "training__epochs": 2, "pretrained__layers": int(encoder != "mlp")}
    trainer = Trainer(config(folder, **settings), data=text_data())
    before = {name: p.detach().clone() for name, p in trainer.network.encoder.named_parameters()}
    *_, last = trainer.events()
    assert set(last.test) >= {"micro_f1", "macro_f1", "map"}
    moved = {name for name, p in trainer.network.encoder.named_parameters() if not torch.equal(p, before[name])}
    assert moved
    if encoder == "text_transformer":
        assert all("encoder.layer.2." in name for name in moved)


def steps(trainer: Trainer) -> Iterator[tuple[int, float]]:
    """Loss step by step."""
    for event in trainer.events():
        if type(event).__name__ == "StepDone":
            yield event.step, event.loss


@pytest.mark.parametrize("chunk", [0, 5])
def test_a_resumed_run_drops_out_the_same(folder: Path, chunk: int) -> None:
    """With dropout, a run resumed at any step goes on bit for bit as the uninterrupted one."""
    tuned = config(folder, model__encoder="text_transformer", training__epochs=2, pretrained__chunk=chunk)
    whole = Trainer(tuned, data=text_data())
    expected = [*steps(whole)]
    begun = Trainer(tuned, data=text_data())
    for step, _ in steps(begun):
        if step == 2:
            break
    torch.rand(7)  # other code draws in between
    resumed = Trainer(tuned, begun.checkpoint(), data=text_data())
    assert [*steps(resumed)] == expected[2:]
    for one, other in zip(whole.network.parameters(), resumed.network.parameters(), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"pretrained__name": None}, r"items are texts; they need a pretrained encoder: pretrained.name=minilm"),
        ({"pretrained__name": None, "model__encoder": "text_transformer"}, "text_transformer needs pretrained.name"),
        ({"model__encoder": "convolutional"}, r"must be mlp \(behind the frozen one\) or text_transformer"),
        ({"model__encoder": "picture_transformer"}, r"or text_transformer \(fine-tuned\), as the items are texts"),
        ({"pretrained__name": "gone"}, "no encoder and no folder 'gone'"),
        ({"pretrained__name": "efficientnet-lite0"}, "encodes pictures; the items are texts"),
    ],
)
def test_what_does_not_go_together(folder: Path, settings: dict[str, Any], words: str) -> None:
    """An encoder that can't read the items, or none at all, is refused before anything is opened."""
    with pytest.raises(InputError, match=words):
        check_config(config(folder, **settings), text_data())


def test_vectors_take_no_pretrained_encoder(folder: Path, tmp_path: Path) -> None:
    """Numbers are read by no such encoder; pictures by none for texts."""
    with pytest.raises(InputError, match="a pretrained encoder reads texts or pictures; the items are features"):
        check_config(config(folder), toy_data())
    with pytest.raises(InputError, match="holds no tokeniser"):
        check_config(config(picture_model(tmp_path)), text_data())


def test_a_check_opens_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a page does before Start neither imports transformers' models nor encodes anything."""
    monkeypatch.setattr(module, "TextTransformer", None)
    monkeypatch.setattr("mlcl_core.models.text_transformer.opened", None)
    data = text_data()
    for encoder in ("mlp", "text_transformer"):
        assert check_config(config(folder, model__encoder=encoder), data) is data


def test_passes_of_a_gpu_give_the_same_features(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Frozen features do not depend on how texts are divided among passes; progress is told after each."""
    data, found = text_data(), []
    for budget in (None, Budget(1, 10**6), Budget(10**9, 10**9), Budget(5, 40)):
        monkeypatch.setattr("mlcl_core.models.text_transformer.token_budget", lambda *_, made=budget: made)
        told: list[int] = []
        made = embedded(
            data, folder, config(folder).pretrained, CPU, on_progress=lambda done, *_, told=told: told.append(done)
        )
        assert told[-1] == len(data)
        found.append((made, len(told)))
    assert all(torch.allclose(made, found[0][0], atol=1e-5) for made, _ in found)
    assert [times for _, times in found][::2] == [2, 2]
    assert found[3][1] > found[1][1] > 2
