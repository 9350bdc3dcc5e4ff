"""A configuration -> data, network and loss; and what of a configuration only the registries can judge."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from mlcl_core.data import VIEWS, LabelMatrix, MultiLabelData, load_data
from mlcl_core.data.samplers import SAMPLERS, Positive
from mlcl_core.engine.config import OWN_FILE, DataConfig, LossConfig, TrainConfig
from mlcl_core.engine.prepare import check_pretrained, shape_of
from mlcl_core.errors import InputError
from mlcl_core.losses import LOSSES, BatchLoss, Combined, Loss, PairLoss, WeightedSupCon, build_loss, fitted_to_counts
from mlcl_core.models import (
    ENCODERS,
    Encoder,
    LabelHead,
    MixtureHead,
    ProjectionHead,
    build_encoder,
    located,
    mixture_mean,
)
from mlcl_core.options import checked_options

# Anchors looked at in one piece while searching for a positive pair: 1,024 x 20,000 weights are 80 MB.
SEARCH_ROWS, SEARCH_COLUMNS = 1024, 20_000
SEARCH_ENTRIES = 2**25  # of the dense labels of those columns
# Items on which a loss is tried out before training.
FEW = 8
# What a loss may need of the network beside z; the first ones for every item, the last once for all.
PER_ITEM = ("logits", "label_z", "mixture")
OF_NETWORK = (*PER_ITEM, "prototypes")
# What of loss.* is no option of the loss itself.
NOT_OPTIONS = {
    "name",
    "params",
    "rule_params",
    "logit",
    "logit_params",
    "weight",
    "candidates",
    "momentum",
    "queue_size",
}


class Outputs(NamedTuple):
    """What the network makes of some items; None where the loss needs no such thing. Nothing is normalised."""

    h: Float[Tensor, "n h"]
    z: Float[Tensor, "n d"]
    logits: Float[Tensor, "n c"] | None
    label_z: Float[Tensor, "n c e"] | None
    prototypes: Float[Tensor, "c d"] | None
    mixture: Float[Tensor, "n c packed"] | None = None

    def for_loss(self, loss: Loss) -> dict[str, Tensor | None]:
        """What the loss takes beside z and labels, in float32."""
        wanted = {name: getattr(self, name) for name in OF_NETWORK if name in loss.needs}
        return {name: None if value is None else value.float() for name, value in wanted.items()}


class Network(nn.Module):
    """Encoder (items -> h), projection head (h -> z), and where the loss needs them a classifier (h -> logits), label
    embeddings and prototypes (one z a label, learnt along); where it needs mixtures the head makes these, and z is
    their mean.
    """

    def __init__(
        self,
        encoder: Encoder,
        head: nn.Module,
        classifier: nn.Module | None = None,
        label_head: nn.Module | None = None,
        prototypes: nn.Parameter | None = None,
    ):
        """Put the parts together."""
        super().__init__()
        self.encoder, self.head, self.classifier = encoder, head, classifier
        self.label_head, self.prototypes = label_head, prototypes

    def forward(self, x: Tensor) -> Outputs:
        """Everything of some items in one pass."""
        maps = self.encoder.feature_maps(x)
        h = self.encoder.pool(maps)
        logits = None if self.classifier is None else self.classifier(h)
        label_z = None
        if self.label_head is not None:
            label_z = self.label_head(self.encoder.tokens(maps), self.encoder.missing(maps))
        z = self.head(h)
        mixture = z if isinstance(self.head, MixtureHead) else None
        z = z if mixture is None else mixture_mean(mixture)
        return Outputs(h, z, logits, label_z, self.prototypes, mixture)


def open_data(config: DataConfig) -> MultiLabelData:
    """Load the items and labels that a configuration names.

    Raises:
        InputError: An unknown set, a missing path, or anything wrong with the file.
    """
    if config.name in OWN_FILE and not config.path:
        raise InputError("data.path is missing: this takes a file of your own, --set data.path=FILE")
    if taken := sorted({"seed", "source"} & set(config.params)):
        raise InputError(f"data.params.{taken[0]} is no parameter of the data; the seed of the split is data.seed")
    return load_data(config.path or config.name, seed=config.seed, **config.params)


def training_loss(config: LossConfig) -> Loss:
    """The loss that trains: one from the registry, or a contrastive and a logit loss with a weight.

    Raises:
        InputError: Unknown names, options a loss or rule does not have, two losses of the same kind.
    """
    if config.name not in LOSSES:
        raise InputError(f"loss.name: there is no loss {config.name!r}; there are: {', '.join(LOSSES)}")
    given = config.model_dump(exclude=NOT_OPTIONS)
    options = LOSSES[config.name].options
    if taken := sorted(config.params.keys() & given.keys()):
        raise InputError(f"loss.params.{taken[0]} has a place of its own: loss.{taken[0]}")
    own = {name: value for name, value in given.items() if name in options} | config.params
    rule_params = config.rule_params if "rule" in options else None
    loss = build_loss(config.name, rule_params=rule_params, **own)
    if config.logit is None:
        return loss
    known_logit = [name for name, record in LOSSES.items() if record.needs <= {"logits", "label_counts"}]
    if config.logit not in known_logit:
        known = ", ".join(known_logit)
        raise InputError(f"loss.logit is {config.logit!r}; it must be a loss on logits: {known}")
    if loss.needs <= {"logits", "label_counts"}:
        raise InputError(f"loss.logit goes with a contrastive loss; loss.name {config.name!r} works on logits itself")
    return Combined(loss, build_loss(config.logit, rule_params=None, **config.logit_params), config.weight)


def contrastive_part(loss: Loss) -> PairLoss | None:
    """The part of a loss that opens any pairs of items; None when there is none."""
    part = explainable_part(loss)
    return part if isinstance(part, PairLoss) else None


def explainable_part(loss: Loss) -> PairLoss | BatchLoss | None:
    """The part of a loss that opens the pairs of a batch just trained on; None when there is none."""
    part = loss.contrastive if isinstance(loss, Combined) else loss
    return part if isinstance(part, PairLoss | BatchLoss) else None


def training_sampler(config: TrainConfig, loss: Loss) -> tuple[Callable[..., Iterable[Tensor]], Positive | None]:
    """The sampler of a configuration, with its parameters, and which pairs are positive in training; None: no pairs.

    Raises:
        InputError: An unknown sampler or parameter, or one that asks for positives where the loss looks at no pairs.
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


def build_network(config: TrainConfig, data: MultiLabelData, loss: Loss) -> Network:
    """Make the network with weights drawn from the configuration's seed; torch's global generator is left as it was.

    Args:
        config: The whole configuration.
        data: As :func:`mlcl_core.engine.prepare.prepare` gives it; before that, the width of a frozen encoder's
            features is unknown, and the network only shows whether the rest of the configuration fits.
        loss: What it is for.

    Raises:
        InputError: An encoder that does not take this kind of item.
    """
    record = ENCODERS[config.model.encoder]
    kind, shape = shape_of(config, data)
    if record.kind != kind:
        fitting = ", ".join(name for name, other in ENCODERS.items() if other.kind == kind)
        raise InputError(f"model.encoder {record.name!r} takes {record.kind}; {data.name} needs one of: {fitting}")
    sections = (config.pretrained,) if record.pretrained else (config.model,)
    options = {
        name: getattr(part, name) for part in sections for name in record.params if name in type(part).model_fields
    }
    source = located(config.pretrained.name or "") if record.pretrained else shape
    assert source is not None
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        encoder = build_encoder(record.name, source, **options)
        labels, dims = data.labels.shape[1], config.model.projection_dim
        sizes = encoder.feature_dim, config.model.projection_hidden, dims
        head = MixtureHead(*sizes, labels) if "mixture" in loss.needs else ProjectionHead(*sizes)
        classifier = nn.Linear(encoder.feature_dim, labels) if "logits" in loss.needs else None
        label_head = LabelHead(encoder.token_width, dims, labels) if "label_z" in loss.needs else None
        prototypes = nn.Parameter(torch.randn(labels, dims) / dims**0.5) if "prototypes" in loss.needs else None
    return Network(encoder, head, classifier, label_head, prototypes)


def check_config(config: TrainConfig, data: MultiLabelData | None = None) -> MultiLabelData:
    """Judge everything that can be judged before training, and give the data that had to be opened for it.

    Raises:
        InputError: What would fail later, or train nothing: unknown names, a file that does not fit, an encoder for
            other items, a rule under which no training item has a positive.
    """
    loss = training_loss(config.loss)
    training_sampler(config, loss)
    data = open_data(config.data) if data is None else data
    check_pretrained(config, data)
    kind, _ = shape_of(config, data)
    checked_options(f"views of {kind}", VIEWS[kind].strengths, config.views)
    if not ENCODERS[config.model.encoder].pretrained:  # which would take seconds to open
        build_network(config, data, loss)
    try_loss(config, fitted(loss, data), data.labels[:FEW])
    contrastive = contrastive_part(loss)
    if contrastive is not None:
        refuse_without_positives(contrastive, data.labels.select(data.indices("train")), data.name)
    return data


def fitted(loss: Loss, data: MultiLabelData) -> Loss:
    """A loss made for the label counts of the training items, where it needs them."""
    train = data.labels.select(data.indices("train"))
    return fitted_to_counts(loss, train.counts(), len(train))


@torch.no_grad()
def try_loss(config: TrainConfig, loss: Loss, labels: Bool[Tensor, "n c"]) -> None:
    """Call the loss once on a few made-up embeddings, so that what it refuses is said before training.

    Raises:
        InputError: Candidates without a momentum encoder or the other way round; whatever the loss refuses.
    """
    settings, dims = config.loss, config.model.projection_dim
    if bool(settings.momentum) != (settings.candidates != "batch"):
        made = f"loss.momentum is {settings.momentum:g} and loss.candidates is {settings.candidates!r}"
        raise InputError(f"{made}: keys come from a momentum encoder; set both (0.99, and references or both) or none")
    if settings.queue_size and not settings.momentum:
        raise InputError("loss.queue_size keeps keys of a momentum encoder; set loss.momentum too (0.99)")
    y = labels
    generator = torch.Generator().manual_seed(0)
    n, c = y.shape
    shapes = {"logits": (n, c), "label_z": (n, c, dims), "prototypes": (c, dims), "mixture": (n, c, dims + 2)}
    inputs: dict[str, Any] = {
        name: torch.randn(shape, generator=generator) for name, shape in shapes.items() if name in loss.needs
    }
    if settings.momentum:
        inputs |= {
            "references": (torch.randn(n, dims, generator=generator), y),
            "candidates": settings.candidates,
        }
    loss(torch.randn(n, dims, generator=generator), y, **inputs)


def refuse_without_positives(loss: PairLoss, labels: LabelMatrix, name: str) -> None:
    """Refuse a data set in which nobody has a positive under the rule (other than its own second view).

    Where the loss has prototypes, whoever has a label has a positive.

    Raises:
        InputError: It is so.
    """
    if "prototypes" in loss.needs and bool(labels.counts().any()):
        return
    columns = labels[: min(SEARCH_COLUMNS, max(SEARCH_ROWS, SEARCH_ENTRIES // max(1, labels.shape[1])))]
    for start in range(0, len(labels), SEARCH_ROWS):
        rows = labels[start : start + SEARCH_ROWS]
        own = torch.arange(start, start + len(rows))
        own = torch.where(own < len(columns), own, -1)
        if bool(loss.pair_weights(rows, columns, self_index=own).positive.any()):
            return
    alone = not bool((labels.counts() > 1).any())
    advice = "no label is carried by two of them" if alone else "choose a softer rule, any_shared for one"
    nobody = f"none of the {len(labels)} training items has a positive"
    what = f"the rule {loss.rule.name}" if isinstance(loss, WeightedSupCon) else "this loss"
    raise InputError(f"data {name}: under {what} {nobody}; {advice}")
