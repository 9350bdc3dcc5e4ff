"""Data, loss and sampler of a configuration."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from torch import Tensor

from mlcl_core.data import MultiLabelData, load_data, with_train_share
from mlcl_core.data.samplers import SAMPLERS, Positive
from mlcl_core.data.tables.question import QuestionError
from mlcl_core.engine.config import LOSS_OPTIONS, OWN_FILE, DataConfig, LossConfig, TrainConfig
from mlcl_core.errors import InputError
from mlcl_core.losses import LOSSES, BatchLoss, Combined, Loss, PairLoss, build_loss, fitted_to_counts


def open_data(config: DataConfig) -> MultiLabelData:
    """Load the items and labels of a configuration.

    Raises:
        InputError: The data set is unknown, the path is missing, or the file cannot be read as data.
    """
    if config.name in OWN_FILE and not config.path:
        raise InputError("data.path is missing: this takes a file of your own, --set data.path=FILE")
    if taken := sorted({"seed", "source", "split_method", "labels_only"} & set(config.params)):
        hint = "the seed of the split is data.seed, the way to draw it data.split_method"
        raise InputError(f"data.params.{taken[0]} is no parameter of the data; {hint}")
    source, params = config.path or config.name, dict[str, Any](config.params)
    try:
        data = load_data(source, seed=config.seed, split_method=config.split_method, **params)
    except QuestionError as error:
        raise QuestionError(error.path, error.questions, "data.params.") from None
    return with_train_share(data, config.train_share, config.seed)


def training_loss(config: LossConfig) -> Loss:
    """The loss that trains: one from the registry, or a contrastive and a logit loss with a weight.

    Raises:
        InputError: Names are unknown, a loss or rule lacks an option, or two losses are of the same kind.
    """
    if config.name not in LOSSES:
        raise InputError(f"loss.name: there is no loss {config.name!r}; there are: {', '.join(LOSSES)}")
    given = config.model_dump(include=set(LOSS_OPTIONS))
    options = LOSSES[config.name].options
    if taken := sorted(config.params.keys() & given.keys()):
        raise InputError(f"loss.params.{taken[0]} has a place of its own: loss.{taken[0]}")
    own = {name: value for name, value in given.items() if name in options} | config.params
    rule_params = config.rule_params if "rule" in options else None
    loss = build_loss(config.name, rule_params=rule_params, **own)
    if config.logit is None:
        return loss
    if config.logit not in losses_on_logits():
        known = ", ".join(losses_on_logits())
        raise InputError(f"loss.logit is {config.logit!r}; it must be a loss on logits: {known}")
    if config.name in losses_on_logits():
        raise InputError(f"loss.logit goes with a contrastive loss; loss.name {config.name!r} works on logits itself")
    return Combined(loss, build_loss(config.logit, rule_params=None, **config.logit_params), config.weight)


def losses_on_logits() -> list[str]:
    """Names of the losses that take logits and no embeddings: they train alone, or along with a contrastive one."""
    return [name for name, record in LOSSES.items() if record.needs <= {"logits", "label_counts"}]


def contrastive_part(loss: Loss) -> PairLoss | None:
    """The part of a loss that explains any pairs of items; None if there is none."""
    part = explainable_part(loss)
    return part if isinstance(part, PairLoss) else None


def explainable_part(loss: Loss) -> PairLoss | BatchLoss | None:
    """The part of a loss that explains the pairs of a training batch; None if there is none."""
    part = loss.contrastive if isinstance(loss, Combined) else loss
    return part if isinstance(part, PairLoss | BatchLoss) else None


def training_sampler(config: TrainConfig, loss: Loss) -> tuple[Callable[..., Iterable[Tensor]], Positive | None]:
    """The sampler of a configuration with its parameters, and the test for positive pairs; None if there are no pairs.

    Raises:
        InputError: The sampler or a parameter is unknown, or the sampler needs positives and the loss has no pairs.
    """
    name, part = config.training.sampler, contrastive_part(loss)
    if name not in SAMPLERS:
        raise InputError(f"training.sampler: there is no sampler {name!r}; there are: {', '.join(SAMPLERS)}")
    params = SAMPLERS[name].check(config.training.sampler_params)
    if part is None and SAMPLERS[name].needs_positive:
        asks = f"training.sampler {name!r} asks which pairs are positive"
        raise InputError(f"{asks}; loss.name {config.loss.name!r} looks at no pairs of items")
    positive = None if part is None else lambda a, b: part.pair_weights(a, b).positive
    return partial(SAMPLERS[name].make, **params), positive


def fitted(loss: Loss, data: MultiLabelData) -> Loss:
    """The loss with the label counts of the training items, if it needs them."""
    if "label_counts" not in loss.needs:
        return loss
    train = data.labels.select(data.indices("train"))
    return fitted_to_counts(loss, train.counts(), len(train), train.counts_of_several())
