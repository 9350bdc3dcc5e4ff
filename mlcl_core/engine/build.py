"""A configuration -> data, network and loss; and what of a configuration only the registries can judge."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from mlcl_core.data import VIEWS, MultiLabelData, load_data
from mlcl_core.engine.config import DataConfig, LossConfig, TrainConfig
from mlcl_core.errors import InputError
from mlcl_core.losses import LOSSES, Combined, Loss, PairLoss, WeightedSupCon, build_loss
from mlcl_core.models import ENCODERS, ProjectionHead, build_encoder
from mlcl_core.pairs.rule import checked_options

# Anchors looked at in one piece while searching for a positive pair: 1,024 x 20,000 weights are 80 MB.
SEARCH_ROWS, SEARCH_COLUMNS = 1024, 20_000


class Network(nn.Module):
    """Encoder (items -> h), projection head (h -> z), and a classifier (h -> logits) where the loss needs one."""

    def __init__(self, encoder: nn.Module, head: nn.Module, classifier: nn.Module | None):
        """Put the parts together."""
        super().__init__()
        self.encoder, self.head, self.classifier = encoder, head, classifier

    def forward(self, x: Tensor) -> tuple[Float[Tensor, "n h"], Float[Tensor, "n d"], Float[Tensor, "n c"] | None]:
        """Features h, embeddings z (not normalised), logits or None."""
        h = self.encoder(x)
        return h, self.head(h), None if self.classifier is None else self.classifier(h)


def open_data(config: DataConfig) -> MultiLabelData:
    """Load the items and labels that a configuration names.

    Raises:
        InputError: An unknown set, a missing path, or anything wrong with the file.
    """
    if config.name == "features" and not config.path:
        raise InputError("data.path is missing: the preset vectors takes a feature file, --set data.path=FILE.npz")
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
    given = config.model_dump(exclude={"name", "rule_params", "logit", "weight"})
    options = LOSSES[config.name].options
    own = {name: value for name, value in given.items() if name in options}
    rule_params = config.rule_params if "rule" in options else None
    loss = build_loss(config.name, rule_params=rule_params, **own)
    if config.logit is None:
        return loss
    if config.logit not in LOSSES or LOSSES[config.logit].needs != {"logits"}:
        known = ", ".join(name for name, record in LOSSES.items() if record.needs == {"logits"})
        raise InputError(f"loss.logit is {config.logit!r}; it must be a loss on logits: {known}")
    if "embeddings" not in loss.needs:
        raise InputError(f"loss.logit goes with a contrastive loss; loss.name {config.name!r} works on logits itself")
    return Combined(loss, build_loss(config.logit), config.weight)


def contrastive_part(loss: Loss) -> PairLoss | None:
    """The part of a loss that looks at pairs of items; None when there is none."""
    part = loss.contrastive if isinstance(loss, Combined) else loss
    return part if isinstance(part, PairLoss) else None


def build_network(config: TrainConfig, data: MultiLabelData, loss: Loss) -> Network:
    """Make the network with weights drawn from the configuration's seed; torch's global generator is left as it was.

    Raises:
        InputError: An encoder that does not take this kind of item.
    """
    record = ENCODERS[config.model.encoder]
    if record.kind != data.kind:
        fitting = ", ".join(name for name, other in ENCODERS.items() if other.kind == data.kind)
        raise InputError(f"model.encoder {record.name!r} takes {record.kind}; {data.name} needs one of: {fitting}")
    options = {name: getattr(config.model, name) for name in record.params if hasattr(config.model, name)}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        encoder = build_encoder(record.name, tuple(data.items.shape[1:]), **options)
        head = ProjectionHead(config.model.features, config.model.projection_hidden, config.model.projection)
        needs_logits = "logits" in loss.needs
        classifier = nn.Linear(config.model.features, data.labels.shape[1]) if needs_logits else None
    return Network(encoder, head, classifier)


def check_config(config: TrainConfig, data: MultiLabelData | None = None) -> MultiLabelData:
    """Judge everything that can be judged before training, and give the data that had to be opened for it.

    Raises:
        InputError: What would fail later, or train nothing: unknown names, a file that does not fit, an encoder for
            other items, a rule under which no training item has a positive.
    """
    loss = training_loss(config.loss)
    data = open_data(config.data) if data is None else data
    checked_options(f"views of {data.kind}", VIEWS[data.kind].strengths, config.views)
    build_network(config, data, loss)
    contrastive = contrastive_part(loss)
    if contrastive is not None:
        refuse_without_positives(contrastive, data.labels[data.indices("train")], data.name)
    return data


def refuse_without_positives(loss: PairLoss, labels: Bool[Tensor, "n c"], name: str) -> None:
    """Refuse a data set in which nobody has a positive under the rule (other than its own second view).

    Raises:
        InputError: It is so.
    """
    columns = labels[:SEARCH_COLUMNS]
    for start in range(0, len(labels), SEARCH_ROWS):
        rows = labels[start : start + SEARCH_ROWS]
        own = torch.arange(start, start + len(rows))
        own = torch.where(own < len(columns), own, -1)
        if bool(loss.pair_weights(rows, columns, self_index=own).positive.any()):
            return
    alone = not bool((labels.sum(0) > 1).any())
    advice = "no label is carried by two of them" if alone else "choose a softer rule, any_shared for one"
    nobody = f"none of the {len(labels)} training items has a positive"
    what = f"the rule {loss.rule.name}" if isinstance(loss, WeightedSupCon) else "this loss"
    raise InputError(f"data {name}: under {what} {nobody}; {advice}")
