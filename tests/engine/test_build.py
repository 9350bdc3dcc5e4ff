"""Building from a configuration, and what is refused before anything is trained."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from mlcl_core.engine.build import contrastive_part, fitted, training_loss
from mlcl_core.engine.check import check_config
from mlcl_core.engine.config import DataConfig, LossConfig, config_from_json
from mlcl_core.engine.loop import Trainer, train
from mlcl_core.engine.network import build_network
from mlcl_core.engine.presets import preset
from mlcl_core.errors import InputError
from mlcl_core.losses import LOSSES, Combined, WeightedSupCon
from tests.engine.toy import ITEMS, LABELS, toy_config, toy_data


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"model.encoder": "convolutional"}, "'convolutional' takes picture; toy needs one of: mlp"),
        ({"loss.name": "nt_xent"}, "loss.name: there is no loss 'nt_xent'; there are: weighted_supcon, bce"),
        ({"loss.rule": "nearest"}, "rule is 'nearest'; it must be one of "),
        ({"loss.rule_params.sharpness": 2}, "rule similarity_dissimilarity has no option sharpness"),
        (
            {"loss.rule": "formula", "loss.rule_params.expression": "both / foo"},
            "formula: column 8: unknown name 'foo'",
        ),
        ({"loss.placement": "above"}, "placement is 'above'; it must be one of outside"),
        ({"loss.normalise": "twice"}, "normalise is 'twice'"),
        ({"loss.logit": "weighted_supcon"}, "loss.logit is 'weighted_supcon'; it must be a loss on logits: bce"),
        ({"loss.logit": "nothing"}, "loss.logit is 'nothing'"),
        ({"loss.name": "bce", "loss.logit": "bce"}, "loss.logit goes with a contrastive loss"),
        ({"loss.name": "bce", "loss.reduction": "rows"}, "reduction is 'rows'"),
        ({"views.blur": 1}, "views of features has no option blur"),
        (
            {"training.sampler": "random"},
            "training.sampler: there is no sampler 'random'; there are: uniform, label_balanced, positives",
        ),
        (
            {"training.sampler_params.at_least": 2},
            "sampler uniform has no option at_least; its options are: none",
        ),
        (
            {"training.sampler": "positives", "training.sampler_params.at_least": 17},
            "sampler positives: at_least is 17; it must be a whole number from 1 to 16",
        ),
        (
            {"training.sampler": "positives", "loss.name": "bce"},
            "training.sampler 'positives' asks which pairs are positive; loss.name 'bce' looks at no pairs of items",
        ),
        ({"views.mask": 7}, "views of features: mask is 7"),
        (
            {"training.device": "cpu", "loss.params.path": "fused"},
            "they need an NVIDIA GPU, and the embeddings are on cpu; auto or tiles would do",
        ),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_check_config_refuses(settings: dict[str, Any], words: str) -> None:
    """What would fail later is said before training, in one line that names the setting."""
    config = toy_config().with_settings(settings)
    with pytest.raises(InputError) as refused:
        check_config(config, toy_data())
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("text", "weight"), [("both / s / (1 + only_t)", 0.5), ("2", 2.0), ("1e-1", 0.1)])
def test_a_formula_comes_through_the_configuration(text: str, weight: float) -> None:
    """As --set gives it, what looks like a number too, through JSON: the loss weighs {a}, {a, b} by it."""
    config = toy_config().with_settings({"loss.rule": "formula", "loss.rule_params.expression": text})
    check_config(config, toy_data())
    loss = training_loss(config_from_json(config.to_json()).loss)
    assert isinstance(loss, WeightedSupCon)
    weights = loss.pair_weights(torch.tensor([[True, False]]), torch.tensor([[True, True]]))
    assert weights.attract.item() == pytest.approx(weight)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"data.name": "mnist"}, "there is no data set 'mnist'"),
        ({"data.path": "nowhere.npz"}, "there is no file nowhere.npz"),
        ({"data.params.scenes": 3}, "scenes is 3"),
        ({"data.params.scenes": "many"}, "scenes is 'many'"),
        ({"data.params.seed": 3}, "the seed of the split is data.seed"),
        ({"data.params.source": 3}, "data.params.source is no parameter"),
        ({"model.width": 12}, "width is 12.* multiple"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_check_config_refuses_data(settings: dict[str, Any], words: str) -> None:
    """Data that cannot be opened, or an encoder that cannot be built for it, is said before training."""
    config = preset("digits").with_settings(settings)
    with pytest.raises(InputError, match=words):
        check_config(config)


def test_data_without_any_positive_are_refused_before_training(tmp_path: Path) -> None:
    """When no training item has a positive under the rule, train() refuses, naming data and rule and a way out."""
    path = tmp_path / "lonely.npz"
    labels = np.eye(24, dtype=int)
    np.savez(path, X=np.random.default_rng(0).normal(size=(24, 4)), Y=labels)
    config = toy_config().with_settings({"data.path": str(path), "loss.rule": "any_shared"})
    with pytest.raises(InputError, match=r"^data lonely: under the rule any_shared none of the \d+ .*; no label is"):
        train(config)


def test_a_rule_decides_who_has_a_positive() -> None:
    """The same items are refused under all_equal and accepted under any_shared, where they share labels."""
    labels = np.zeros((ITEMS, 8), dtype=bool)
    for row in range(ITEMS):
        # every item has a set of its own, and label 0
        labels[row] = [bool((2 * row + 1) >> bit & 1) for bit in range(8)]
    data = toy_data(labels=labels)
    with pytest.raises(InputError, match=r"under the rule all_equal .*; choose a softer rule, any_shared for one"):
        check_config(toy_config(loss__rule="all_equal"), data)
    check_config(toy_config(loss__rule="any_shared"), data)


def test_rare_weighs_by_the_training_items_alone() -> None:
    """The stored counts are those of the training items, of all and of those with two labels or more."""
    data = toy_data()
    loss = fitted(training_loss(toy_config(loss__rule="formula", loss__rule_params={"expression": "rare"}).loss), data)
    assert isinstance(loss, WeightedSupCon)
    rows = [data.labels[row : row + 1][0].tolist() for row in range(ITEMS) if data.split[row] == "train"]
    counts = [sum(row[label] for row in rows) for label in range(LABELS)]
    assert loss.counts is not None
    assert loss.counts.of_several is not None
    assert loss.counts.items == len(rows) == 64
    assert loss.counts.counts.tolist() == counts
    assert loss.counts.of_several.tolist() == [
        sum(row[label] for row in rows if sum(row) > 1) for label in range(LABELS)
    ]
    weights = loss.label_weights(data.labels[:1])
    assert weights is not None
    assert (weights * torch.tensor(counts)).tolist() == pytest.approx([3 / sum(1 / n for n in counts)] * LABELS)


@pytest.mark.parametrize("name", [name for name, record in LOSSES.items() if "prototypes" in record.needs])
def test_with_prototypes_every_item_with_a_label_has_a_positive(name: str) -> None:
    """Items of which no two share a label are accepted; items without any labels are not."""
    check_config(toy_config(loss__name=name), toy_data(labels=np.eye(ITEMS, dtype=bool)))
    with pytest.raises(InputError, match="training items has a positive"):
        check_config(toy_config(loss__name=name), toy_data(labels=np.zeros((ITEMS, 3), dtype=bool)))


def test_bce_needs_no_positives() -> None:
    """A loss without pairs is not refused for want of positives."""
    data = toy_data(labels=np.eye(ITEMS, dtype=bool))
    check_config(toy_config(loss__name="bce"), data)


def test_only_other_items_count_as_positives() -> None:
    """An item's own second view does not count as a positive."""
    with pytest.raises(InputError, match="has a positive"):
        Trainer(toy_config(loss__rule="all_equal"), data=toy_data(labels=np.eye(ITEMS, dtype=bool)))


def test_training_loss_hands_on_what_the_loss_knows() -> None:
    """Rule, its parameters and temperature reach the loss; bce is built without them."""
    config = LossConfig(rule="jaccard", temperature=0.3, placement="inside", reduction="rows")
    loss = training_loss(config)
    assert isinstance(loss, WeightedSupCon)
    assert (loss.rule.name, loss.temperature, loss.placement, loss.reduction) == ("jaccard", 0.3, "inside", "rows")
    assert training_loss(LossConfig(name="bce")).needs == {"logits"}


def test_a_logit_loss_is_joined_with_its_weight() -> None:
    """With loss.logit the loss is a mixture of that weight, and its contrastive part can be taken out again."""
    loss = training_loss(LossConfig(logit="bce", weight=0.3))
    assert isinstance(loss, Combined)
    assert loss.weight == 0.3
    assert loss.needs == {"embeddings", "logits"}
    assert contrastive_part(loss) is loss.contrastive
    assert contrastive_part(training_loss(LossConfig(name="bce"))) is None


def test_the_network_has_a_classifier_only_where_the_loss_needs_logits() -> None:
    """A contrastive loss alone trains no classifier; bce has one logit a label."""
    data = toy_data()
    config = toy_config()
    x = data.items[:5]
    h, z, logits, *_ = build_network(config, data, training_loss(config.loss))(x)
    assert (tuple(h.shape), tuple(z.shape), logits) == ((5, 8), (5, 6), None)
    logits = build_network(config, data, training_loss(LossConfig(name="bce")))(x).logits
    assert logits is not None
    assert tuple(logits.shape) == (5, 3)


def test_weights_come_from_the_seed_alone() -> None:
    """Equal seeds give equal weights whatever was drawn before, other seeds others; torch's generator is untouched."""
    data, loss = toy_data(), training_loss(LossConfig())

    def weights(seed: int) -> torch.Tensor:
        return torch.cat([p.detach().ravel() for p in build_network(toy_config(seed=seed), data, loss).parameters()])

    first = weights(1)
    torch.rand(7)
    before = torch.get_rng_state()
    assert torch.equal(weights(1), first)
    assert torch.equal(torch.get_rng_state(), before)
    assert not torch.equal(weights(2), first)


def test_a_missing_path_is_not_looked_up() -> None:
    """Without a path the set of the registry is opened; its seed decides the split."""
    config = DataConfig(name="digits", params={"scenes": 30}, seed=3)
    data = check_config(preset("digits").model_copy(update={"data": config}))
    assert data.name == "digits"
