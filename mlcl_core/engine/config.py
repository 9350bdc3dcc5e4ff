"""The whole configuration of a run as one frozen, validated tree that JSON holds; unknown keys are errors.

Imports no torch: pages and the mapper read configurations without paying for it. What only the registries can
judge (rule names and their parameters, data files) is checked by ``mlcl_core.engine.check``.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model, field_validator

from mlcl_core.encoder_parameters import (
    POWERS_OF_TWO,
    Chunk,
    Depth,
    FeatureDim,
    Layers,
    NumDownsamples,
    Pooling,
    Recompute,
    Width,
)
from mlcl_core.engine.map_fields import map_fields
from mlcl_core.engine.schema import VERSION, OnRename, ignore_rename, upgraded_settings, upgraded_tree
from mlcl_core.errors import InputError
from mlcl_core.loss_parameters import (
    RULE,
    ContrastiveShare,
    NoPositiveWithColumns,
    Normalise,
    Placement,
    ReductionToOne,
    Temperature,
)
from mlcl_core.maps import MAPS
from mlcl_core.options import Param

Scalar = bool | int | float | str
Scalars = dict[str, Scalar]
OWN_FILE = ("file", "features")  # values of data.name that name no data set: data.path names a file
SCALAR_NAMES = ("bool", "int", "float", "str")
# Sections with free keys, which the registries check.
FREE = (
    ["views"],
    ["data", "params"],
    ["loss", "params"],
    ["loss", "rule_params"],
    ["loss", "logit_params"],
    ["training", "sampler_params"],
)

# Values that the + and - of a form step through; any other value can be typed. Other fields step by their bounds.
ONE_THREE_TEN = tuple(float(f"{digit}e{power}") for power in range(-6, 2) for digit in (1, 3))
ONE_TWO_FIVE = tuple(digit * 10**power for power in range(6) for digit in (1, 2, 5))
MAX_SEED = 2**31 - 1

# Settings of loss.* that are passed to the loss if it has an option of that name; its other options are loss.params.
LOSS_OPTIONS = ("rule", "temperature", "placement", "normalise", "reduction", "no_positive")


class Section(BaseModel):
    """A section of the configuration: frozen, without unknown keys, NaN, or true in place of a number."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _true_is_no_number(cls, value: Any, info: Any) -> Any:
        number = cls.model_fields[info.field_name].annotation in (int, float)
        if number and isinstance(value, bool):
            raise ValueError("must be a number")
        return value


class DataConfig(Section):
    """The items and labels."""

    name: Annotated[
        str, Param("A data set of the registry or one of your uploads, or file for a file of your own.")
    ] = "icons"
    path: Annotated[str | None, Param("Your file, if the name is file.")] = None
    params: Annotated[Scalars, Param("Parameters of the data set's loader.")] = Field(default_factory=dict)
    seed: Annotated[int, Param("Seed of the split (and of generated scenes).", ge=0, le=MAX_SEED)] = 0
    split_method: Annotated[
        Literal["exact", "iterative"],
        Param(
            "How a file without splits is split: exact sizes, or iterative stratification, as runs of schema 2 were."
        ),
    ] = "exact"
    train_share: Annotated[
        float,
        Param(
            "Share of the training items that are trained on: a fixed part, stratified, by data.seed.",
            gt=0,
            le=1,
            useful=(0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0),
            title="Share of the training items",
        ),
    ] = 1.0


class ModelConfig(Section):
    """The encoder, with output h, and the projection head, with output z, on which the loss acts."""

    encoder: Annotated[
        Literal["convolutional", "mlp", "text_transformer", "picture_transformer"],
        Param("The network that maps items to features h."),
    ] = "convolutional"
    width: Width = 32
    num_downsamples: NumDownsamples = 3
    depth: Depth = 2
    feature_dim: FeatureDim = 256
    projection_hidden: Annotated[int, Param("Hidden units of the projection head.", ge=2, le=4096)] = 128
    projection_dim: Annotated[
        int,
        Param(
            "Size of z, the unit vectors that the loss acts on.", ge=2, le=1024, useful=POWERS_OF_TWO, title="Size of z"
        ),
    ] = 64


class PretrainedConfig(Section):
    """A pretrained encoder of texts or pictures: frozen in front of the network, or fine-tuned as its encoder."""

    name: Annotated[
        str | None,
        Param(
            "minilm, efficientnet-lite0, the folder of a transformers model, or hf:owner/name.",
            title="Pretrained encoder",
        ),
    ] = None
    max_length: Annotated[
        int,
        Param(
            "Tokens of a text; what comes later is cut off.",
            ge=2,
            le=8192,
            useful=POWERS_OF_TWO,
            title="Longest text (tokens)",
        ),
    ] = 128
    pooling: Pooling = "mean"
    layers: Layers = 0
    chunk: Chunk = 0
    recompute: Recompute = False


class LossConfig(Section):
    """The loss and its pair rule."""

    name: Annotated[str, Param("A loss of the registry.", title="Loss")] = "weighted_supcon"
    rule: Annotated[str, RULE] = "similarity_dissimilarity"
    rule_params: Annotated[Scalars, Param("Parameters of the rule.")] = Field(default_factory=dict)
    params: Annotated[Scalars, Param("Further options of the loss.")] = Field(default_factory=dict)
    temperature: Temperature = 0.1
    placement: Placement = "outside"
    normalise: Normalise = "rule"
    reduction: ReductionToOne = "mean"
    no_positive: NoPositiveWithColumns = "drop"
    logit: Annotated[
        str | None,
        Param(
            "A loss on logits, such as bce, that is trained along with the contrastive loss.",
            title="Loss on logits trained along",
        ),
    ] = None
    logit_params: Annotated[Scalars, Param("Options of the loss on logits.")] = Field(default_factory=dict)
    weight: ContrastiveShare = 0.5
    candidates: Annotated[
        Literal["batch", "references", "both"],
        Param("What anchors are compared with: the batch, keys of a momentum encoder (with its queue), or both."),
    ] = "batch"
    momentum: Annotated[
        float,
        Param(
            "Share of its old weights that the momentum encoder keeps; 0: none.", ge=0, lt=1, title="Momentum encoder"
        ),
    ] = 0.0
    queue_size: Annotated[
        int,
        Param(
            "Past keys that stay candidates.", ge=0, le=1_000_000, useful=(0, *POWERS_OF_TWO), title="Keys in the queue"
        ),
    ] = 0


class OptimiserConfig(Section):
    """The optimiser and the course of its learning rate."""

    name: Annotated[Literal["adamw", "sgd"], Param("Optimiser.")] = "adamw"
    learning_rate: Annotated[float, Param("Peak learning rate.", gt=0, le=10, useful=ONE_THREE_TEN)] = 1e-3
    weight_decay: Annotated[float, Param("Weight decay.", ge=0, le=1, useful=(0.0, *ONE_THREE_TEN))] = 1e-4
    momentum: Annotated[float, Param("Momentum of SGD.", ge=0, lt=1)] = 0.9
    schedule: Annotated[Literal["cosine", "constant"], Param("Course of the learning rate after the warm-up.")] = (
        "cosine"
    )
    warmup: Annotated[float, Param("Share of all steps in which the learning rate rises.", ge=0, le=0.9)] = 0.05
    clip: Annotated[float, Param("Largest norm of the gradient; 0: no limit.", ge=0, le=1e6)] = 5.0


class TrainingConfig(Section):
    """Batches, length and device of the training."""

    batch_size: Annotated[int, Param("Items per step, each in two views.", ge=2, le=65536, useful=POWERS_OF_TWO)] = 256
    sampler: Annotated[
        str,
        Param(
            "How items come together in batches: a sampler of the registry.",
            title="Composition of batches (sampler)",
        ),
    ] = "uniform"
    sampler_params: Annotated[Scalars, Param("Parameters of the sampler.")] = Field(default_factory=dict)
    view_draw: Annotated[
        Literal["counter", "sequential"],
        Param(
            "How views are drawn: by a counter for each item, on the device, or in sequence, as runs of schema 3 were.",
            title="Draw of the views",
        ),
    ] = "counter"
    epochs: Annotated[int, Param("Passes over the training items.", ge=1, le=100_000, useful=ONE_TWO_FIVE)] = 100
    device: Annotated[Literal["auto", "cpu", "cuda", "mps"], Param("auto: CUDA, else MPS, else CPU.")] = "auto"
    precision: Annotated[Literal["auto", "float32", "bfloat16"], Param("auto: bfloat16 autocast on CUDA only.")] = (
        "auto"
    )
    graph: Annotated[
        Literal["auto", "on", "off"],
        Param(
            "Steps as a CUDA graph, one launch for hundreds; auto: on one CUDA device, where shapes stand still.",
            title="CUDA graph",
        ),
    ] = "auto"
    compile: Annotated[
        bool,
        Param("The network compiled by torch.compile; the first step takes a minute.", title="Compiled network"),
    ] = False
    threads: Annotated[
        int,
        Param(
            "CPU threads; 0: torch's own choice. 1 makes runs repeat bit for bit.",
            ge=0,
            le=1024,
            useful=(0, *POWERS_OF_TWO),
            title="CPU threads",
        ),
    ] = 0


class WatchConfig(Section):
    """What a run records while it trains, and how often."""

    items: Annotated[
        int,
        Param(
            "Watched items: a fixed sample of the data; of more than 5,000, the curves are of 5,000 of them.",
            ge=2,
            le=100_000,
            useful=ONE_TWO_FIVE,
            title="Watched items",
        ),
    ] = 2000
    frame_every: Annotated[
        int,
        Param(
            "Steps between frames; the first come sooner.",
            ge=1,
            le=1_000_000,
            useful=ONE_TWO_FIVE,
            title="Steps between frames",
        ),
    ] = 30
    batch_every: Annotated[int, Param("Steps between records of the batch just trained on.", ge=1, le=1_000_000)] = 100
    checkpoint_every: Annotated[
        int, Param("Steps between checkpoints; about 20 over the whole run come besides.", ge=1, le=1_000_000)
    ] = 100
    disk_mb: Annotated[int, Param("Disk space in MB beyond which old frames are thinned out.", ge=1, le=10_000_000)] = (
        1000
    )
    checkpoint_mb: Annotated[
        int,
        Param(
            "Disk space in MB within which older checkpoints stay, to branch from; the newest two always do.",
            ge=1,
            le=10_000_000,
            title="Disk space of checkpoints (MB)",
        ),
    ] = 2000
    tracker: Annotated[
        str | None,
        Param(
            "A tracker of the library accelerate that gets the numbers too: tensorboard, trackio, wandb, mlflow, ...",
            title="Tracker",
        ),
    ] = None


_MapFields: Any = create_model("_MapFields", __base__=Section, **map_fields())


class MapsConfig(_MapFields):
    """The maps of the space: a switch for each map but the first, and the options that maps declare."""

    cpu_share: Annotated[
        float, Param("CPU cores that maps of the latest frame may use beside a training on the CPU.", gt=0, le=64)
    ] = 0.05

    def drawn(self) -> list[str]:
        """The maps that a run has: the first of ``MAPS``, and those switched on."""
        return [name for name in MAPS if getattr(self, name, True)]

    def options_of(self, name: str) -> dict[str, Any]:
        """The options of one map."""
        return {option: getattr(self, option) for option in MAPS[name].options}


class TrainConfig(Section):
    """Everything that determines a run."""

    schema_version: Annotated[Literal[4], Param("Version of the configuration's schema.")] = VERSION
    preset: Annotated[str | None, Param("The preset from which the configuration started.")] = None
    seed: Annotated[int, Param("Seed of weights, batches and augmentation.", ge=0, le=MAX_SEED)] = 0
    data: DataConfig = DataConfig()
    views: Annotated[
        dict[str, float], Param("Strengths of the augmentations that make the two views; the rest by default.")
    ] = Field(default_factory=dict)
    pretrained: PretrainedConfig = PretrainedConfig()
    model: ModelConfig = ModelConfig()
    loss: LossConfig = LossConfig()
    optimiser: OptimiserConfig = OptimiserConfig()
    training: TrainingConfig = TrainingConfig()
    watch: WatchConfig = WatchConfig()
    maps: MapsConfig = MapsConfig()

    def with_settings(self, settings: Mapping[str, Any], on_rename: OnRename = ignore_rename) -> "TrainConfig":
        """A copy with other values at some paths, as by ``--set loss.temperature=0.2``; text may be JSON.

        Args:
            settings: Value by path; a path of an earlier schema stands for the one it has now.
            on_rename: Called with each such path and its name of today.

        Raises:
            InputError: A path does not exist, or a value is not allowed.
        """
        tree: dict[str, Any] = self.model_dump()
        for path, value in upgraded_settings(settings, on_rename).items():
            *sections, key = path.split(".")
            place: Any = tree
            for section in sections:
                place = place.get(section) if isinstance(place, dict) else None
            free = sections in FREE
            if not isinstance(place, dict) or (key not in place and not free):
                raise InputError(f"there is no setting {path!r}; {_near(self, path.split('.'))}")
            place[key] = _read(value)
        return parse_config(tree, on_rename=on_rename)

    def to_json(self) -> str:
        """The configuration as indented JSON."""
        return json.dumps(self.model_dump(), indent=2)


def parse_config(tree: Any, where: str = "configuration", on_rename: OnRename = ignore_rename) -> TrainConfig:
    """Make a configuration from plain values, as read from JSON, of this schema or an earlier one.

    Args:
        tree: The plain values.
        where: The name of their source in errors.
        on_rename: Called with each key of an earlier schema and its name of today.

    Raises:
        InputError: Unknown keys or values that are not allowed, each with its path.
    """
    if not isinstance(tree, dict):
        raise InputError(f"{where}: must be a JSON object of settings, not {type(tree).__name__}")
    try:
        tree = upgraded_tree(tree, on_rename)
    except InputError as error:
        raise InputError(f"{where}: {error}") from None
    try:
        return TrainConfig.model_validate(tree)
    except ValidationError as error:
        # a value that fits none of several types is one problem, not several
        problems = dict.fromkeys(_problem(item) for item in error.errors())
        raise InputError(f"{where}: {'; '.join(problems)}") from None


def tree_from_json(text: str, where: str) -> Any:
    """What JSON text holds; ``where`` names it in errors.

    Raises:
        InputError: The text is not JSON; line and column are named.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"{where}: not JSON at line {error.lineno}, column {error.colno}: {error.msg}") from None
    except (ValueError, RecursionError) as error:
        # a number of thousands of digits, or brackets nested too deep
        raise InputError(f"{where}: cannot be read as JSON: {error}") from None


def config_from_json(text: str, where: str = "configuration", on_rename: OnRename = ignore_rename) -> TrainConfig:
    """Make a configuration from JSON text; ``where`` and ``on_rename`` are those of :func:`parse_config`.

    Raises:
        InputError: The text is not JSON (line and column are named), or :func:`parse_config` refuses it.
    """
    return parse_config(tree_from_json(text, where), where, on_rename)


def _problem(item: Any) -> str:
    path, shown = list(item["loc"]), repr(item["input"])
    shown = shown if len(shown) <= 80 else f"{shown[:77]}..."
    if item["type"] == "extra_forbidden":
        return f"{'.'.join(map(str, path))} is not a setting; {_near(TrainConfig(), path)}"
    message = item["msg"].removeprefix("Value error, ")
    if path[:-2] in FREE and path[-1] in SCALAR_NAMES:
        path, message = path[:-1], "must be a number, text, true or false"
    return f"{'.'.join(map(str, path)) or 'it'} is {shown}: {message[0].lower()}{message[1:]}"


def _read(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _near(config: TrainConfig, path: Sequence[Any]) -> str:
    tree: Any = config.model_dump()
    if path and isinstance(tree.get(path[0]), dict):
        return f"{path[0]} has: {', '.join(tree[path[0]])}"
    return f"there are: {', '.join(tree)}"
