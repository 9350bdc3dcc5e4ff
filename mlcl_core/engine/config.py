"""The whole configuration of a run as one frozen, validated tree; JSON in and out; unknown keys are errors.

Imports no torch: pages and the mapper read configurations without paying for it. What only the registries can
judge (rule names and their parameters, data files) is checked by ``mlcl_core.engine.build``.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model, field_validator

from mlcl_core.engine.map_fields import map_fields
from mlcl_core.engine.schema import VERSION, OnRename, ignore_rename, upgraded_settings, upgraded_tree
from mlcl_core.errors import InputError
from mlcl_core.maps import MAPS

Scalar = bool | int | float | str
OWN_FILE = ("file", "features")  # names of no data set: data.path says which file
SCALAR_NAMES = ("bool", "int", "float", "str")
# What may stand in these is for the registries to say.
FREE = (
    ["views"],
    ["data", "params"],
    ["loss", "params"],
    ["loss", "rule_params"],
    ["loss", "logit_params"],
    ["training", "sampler_params"],
)

# What a form's + and - go through, beside which any value may be typed; what says nothing goes by its bounds.
TEMPERATURES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.07, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
ONE_THREE_TEN = tuple(float(f"{digit}e{power}") for power in range(-6, 2) for digit in (1, 3))
ONE_TWO_FIVE = tuple(digit * 10**power for power in range(6) for digit in (1, 2, 5))
POWERS_OF_TWO = tuple(2**power for power in range(17))


def useful(*values: int | float) -> Any:
    """A field's useful values, for ``Field(json_schema_extra=...)``."""
    return {"useful": list(values)}


# What may change while a run trains; everything else would make it another run.
LIVE_SETTINGS = ("loss.temperature", "optimiser.learning_rate")


class Section(BaseModel):
    """A part of the configuration: frozen, no unknown keys, no NaN, no true where a number belongs."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _true_is_no_number(cls, value: Any, info: Any) -> Any:
        number = cls.model_fields[info.field_name].annotation in (int, float)
        if number and isinstance(value, bool):
            raise ValueError("must be a number")
        return value


class DataConfig(Section):
    """Which items and labels."""

    name: str = Field(
        default="icons",
        description="A data set of the registry or one of your uploads, or file for a file of your own.",
    )
    path: str | None = Field(default=None, description="The file of your own, when name is file.")
    params: dict[str, Scalar] = Field(default_factory=dict, description="Parameters of the data set's loader.")
    seed: int = Field(default=0, ge=0, le=2**31 - 1, description="Seed of the split (and of generated scenes).")


class ModelConfig(Section):
    """Encoder (gives h) and projection head (gives z, where the loss acts)."""

    encoder: Literal["convolutional", "mlp", "text_transformer", "picture_transformer"] = Field(
        default="convolutional", description="Network that maps items to features h."
    )
    width: int = Field(
        default=32,
        ge=8,
        le=1024,
        json_schema_extra=useful(*POWERS_OF_TWO),
        description="Channels of the first layer, or units of a hidden layer.",
    )
    num_downsamples: int = Field(
        default=3, ge=2, le=3, description="How often the convolutional encoder halves a picture."
    )
    depth: int = Field(default=2, ge=1, le=16, description="Hidden layers of the MLP encoder.")
    feature_dim: int = Field(
        default=256, ge=2, le=4096, description="Size of h, the encoder's output: probe and kNN look here."
    )
    projection_hidden: int = Field(default=128, ge=2, le=4096, description="Hidden units of the projection head.")
    projection_dim: int = Field(
        default=64,
        ge=2,
        le=1024,
        json_schema_extra=useful(*POWERS_OF_TWO),
        description="Size of z, the unit vectors that the loss acts on.",
    )


class PretrainedConfig(Section):
    """A pretrained encoder of texts or pictures: frozen in front of the network, or fine-tuned as its encoder."""

    name: str | None = Field(
        default=None, description="minilm, efficientnet-lite0, the folder of a transformers model, or hf:owner/name."
    )
    max_length: int = Field(
        default=128,
        ge=2,
        le=8192,
        json_schema_extra=useful(*POWERS_OF_TWO),
        description="Tokens of a text; what comes later is cut off.",
    )
    pooling: Literal["mean", "first"] = Field(
        default="mean", description="A text's features: the mean of its tokens' states, or the first token's."
    )
    layers: int = Field(default=0, ge=0, le=1000, description="Last layers that are fine-tuned; 0: all.")
    chunk: int = Field(
        default=0,
        ge=0,
        le=65536,
        json_schema_extra=useful(0, *POWERS_OF_TWO),
        description="Fine-tuned items that go through at once; 0: all. The gradient is exact.",
    )
    recompute: bool = Field(
        default=False, description="Compute states again in the backward pass: less memory, a third more time."
    )


class LossConfig(Section):
    """Which loss, with which pair rule."""

    name: str = Field(default="weighted_supcon", description="A loss of the registry.")
    rule: str = Field(
        default="similarity_dissimilarity", description="Which pairs are positive, and how much each weighs."
    )
    rule_params: dict[str, Scalar] = Field(default_factory=dict, description="Parameters of the rule.")
    params: dict[str, Scalar] = Field(default_factory=dict, description="Further options of the loss.")
    temperature: float = Field(
        default=0.1, ge=1e-3, le=100, json_schema_extra=useful(*TEMPERATURES), description="Divides the cosine."
    )
    placement: str = Field(default="outside", description="Where the weight stands.")
    normalise: str = Field(default="rule", description="What an anchor's sum is divided by.")
    reduction: Literal["mean", "sum", "rows"] = Field(default="mean", description="How anchors are joined.")
    no_positive: Literal["drop", "zero"] = Field(
        default="drop", description="An anchor without a positive: left out, or 0."
    )
    logit: str | None = Field(default=None, description="A loss on logits that is trained along, bce for one.")
    logit_params: dict[str, Scalar] = Field(default_factory=dict, description="Options of the loss on logits.")
    weight: float = Field(
        default=0.5, ge=0, le=1, description="Share of the contrastive loss when a logit loss is trained along."
    )
    candidates: Literal["batch", "references", "both"] = Field(
        default="batch", description="Against whom: the batch, keys of a momentum encoder (with its queue), or both."
    )
    momentum: float = Field(
        default=0.0, ge=0, lt=1, description="Share of its old weights that the momentum encoder keeps; 0: none."
    )
    queue_size: int = Field(default=0, ge=0, le=1_000_000, description="Past keys that stay candidates.")


class OptimiserConfig(Section):
    """How the weights of the network are changed."""

    name: Literal["adamw", "sgd"] = Field(default="adamw", description="Optimiser.")
    learning_rate: float = Field(
        default=1e-3, gt=0, le=10, json_schema_extra=useful(*ONE_THREE_TEN), description="Peak learning rate."
    )
    weight_decay: float = Field(
        default=1e-4, ge=0, le=1, json_schema_extra=useful(0.0, *ONE_THREE_TEN), description="Weight decay."
    )
    momentum: float = Field(default=0.9, ge=0, lt=1, description="Momentum of SGD.")
    schedule: Literal["cosine", "constant"] = Field(default="cosine", description="How the learning rate runs out.")
    warmup: float = Field(
        default=0.05, ge=0, le=0.9, description="Share of all steps in which the learning rate rises."
    )
    clip: float = Field(default=5.0, ge=0, le=1e6, description="Largest norm of the gradient; 0: no limit.")


class TrainingConfig(Section):
    """Batches, length, device."""

    batch_size: int = Field(
        default=256,
        ge=2,
        le=65536,
        json_schema_extra=useful(*POWERS_OF_TWO),
        description="Items a step; each is seen in two views.",
    )
    sampler: str = Field(
        default="uniform", description="How items come together in batches: uniform, label_balanced or positives."
    )
    sampler_params: dict[str, Scalar] = Field(default_factory=dict, description="Parameters of the sampler.")
    epochs: int = Field(
        default=100,
        ge=1,
        le=100_000,
        json_schema_extra=useful(*ONE_TWO_FIVE),
        description="Passes over the training items.",
    )
    device: Literal["auto", "cpu", "cuda", "mps"] = Field(default="auto", description="auto: CUDA, else MPS, else CPU.")
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        default="auto", description="auto: bfloat16 autocast on CUDA only."
    )
    threads: int = Field(
        default=0,
        ge=0,
        le=1024,
        json_schema_extra=useful(0, *POWERS_OF_TWO),
        description="CPU threads; 0: torch's own choice. 1 makes runs repeat bit for bit.",
    )


class WatchConfig(Section):
    """What is written down while it trains."""

    items: int = Field(
        default=2000,
        ge=2,
        le=20_000,
        json_schema_extra=useful(*ONE_TWO_FIVE),
        description="Watched items: a fixed sample of the data.",
    )
    frame_every: int = Field(
        default=30,
        ge=1,
        le=1_000_000,
        json_schema_extra=useful(*ONE_TWO_FIVE),
        description="Steps between frames; the first come sooner.",
    )
    batch_every: int = Field(
        default=100, ge=1, le=1_000_000, description="Steps between records of the batch just trained on."
    )
    checkpoint_every: int = Field(default=100, ge=1, le=1_000_000, description="Steps between checkpoints.")
    disk_mb: int = Field(default=1000, ge=1, le=10_000_000, description="Beyond this, old frames are thinned out.")


_MapFields: Any = create_model("_MapFields", __base__=Section, **map_fields())


class MapsConfig(_MapFields):
    """How the space is drawn: a switch for each map but the first, and the options that maps declare."""

    cpu_share: float = Field(
        default=0.05,
        gt=0,
        le=64,
        description="CPU cores that maps of the latest frame may use beside a training on the CPU.",
    )

    def drawn(self) -> list[str]:
        """The maps that a run has: the first of ``MAPS``, and those switched on."""
        return [name for name in MAPS if getattr(self, name, True)]

    def options_of(self, name: str) -> dict[str, Any]:
        """The options of one map."""
        return {option: getattr(self, option) for option in MAPS[name].options}


class TrainConfig(Section):
    """Everything that decides a run."""

    schema_version: Literal[2] = Field(default=VERSION, description="Version of this form of configuration.")
    preset: str | None = Field(default=None, description="The preset it started from, for the record.")
    seed: int = Field(default=0, ge=0, le=2**31 - 1, description="Seed of weights, batches and augmentation.")
    data: DataConfig = DataConfig()
    views: dict[str, float] = Field(
        default_factory=dict, description="Strengths of the augmentations that make the two views; the rest by default."
    )
    pretrained: PretrainedConfig = PretrainedConfig()
    model: ModelConfig = ModelConfig()
    loss: LossConfig = LossConfig()
    optimiser: OptimiserConfig = OptimiserConfig()
    training: TrainingConfig = TrainingConfig()
    watch: WatchConfig = WatchConfig()
    maps: MapsConfig = MapsConfig()

    def with_settings(self, settings: Mapping[str, Any], on_rename: OnRename = ignore_rename) -> "TrainConfig":
        """Change values by their path, as ``--set loss.temperature=0.2`` does; text is read as JSON where it can be.

        Args:
            settings: Value by path; a path of an earlier schema stands for the one it has now.
            on_rename: Called with each such path and its name of today.

        Raises:
            InputError: A path that does not exist, or an impossible value.
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
        where: What an error names as their place.
        on_rename: Called with each key of an earlier schema and its name of today.

    Raises:
        InputError: Unknown keys or impossible values, each named with its path.
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
        # one value that is none of several types is one problem, not several
        problems = dict.fromkeys(_problem(item) for item in error.errors())
        raise InputError(f"{where}: {'; '.join(problems)}") from None


def config_from_json(text: str, where: str = "configuration", on_rename: OnRename = ignore_rename) -> TrainConfig:
    """Make a configuration from JSON text; ``where`` and ``on_rename`` as of :func:`parse_config`.

    Raises:
        InputError: Text that is not JSON (line and column named), unknown keys, impossible values.
    """
    try:
        tree = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"{where}: not JSON at line {error.lineno}, column {error.colno}: {error.msg}") from None
    except (ValueError, RecursionError) as error:
        # a number of thousands of digits, or brackets within brackets without end
        raise InputError(f"{where}: cannot be read as JSON: {error}") from None
    return parse_config(tree, where, on_rename)


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
