"""The disk space that the frames of a run take, said before it starts."""

from mlcl_core.data import MultiLabelData, steps_an_epoch
from mlcl_core.engine.config import TrainConfig
from mlcl_core.models import ENCODERS

MB = 2**20
LARGE = 16 * MB  # frames from which the space is said even where the budget holds them all


def frame_bytes(config: TrainConfig, items: int) -> int:
    """Bytes of a frame of that many watched items: an id of 8 bytes, z and h in float16.

    Edge cases:
        A fine-tuned encoder has a width of its own, unknown before it is opened: without h, so at least this much.
    """
    h = 0 if ENCODERS[config.model.encoder].pretrained else config.model.feature_dim
    return min(config.watch.items, items) * (8 + 2 * (config.model.projection_dim + h))


def frames_in(total: int, every: int) -> int:
    """Number of frames in a run: of the steps for which :func:`mlcl_core.engine.schedule.frame_due` holds."""
    early = (min(every, total + 1) - 1).bit_length()  # 1, 2, 4, ... below ``every``
    regular = total // every
    last = total % every != 0 and not (total < every and total & (total - 1) == 0)
    return 1 + early + regular + last


def watch_notice(config: TrainConfig, data: MultiLabelData) -> str | None:
    """What the frames of a run will take, and how many of them stay; None where that is little and all stay."""
    one = frame_bytes(config, len(data))
    total = steps_an_epoch(len(data.indices("train")), config.training.batch_size) * config.training.epochs
    frames, kept = frames_in(total, config.watch.frame_every), config.watch.disk_mb * MB // max(one, 1)
    items = min(config.watch.items, len(data))
    if one < LARGE and kept >= frames:
        return None
    sentence = f"A frame of {items:,} watched items takes {_size(config, one)} of disk"
    if kept >= frames:
        return f"{sentence}: {frames * one / MB:,.0f} MB for the {frames:,} frames."
    return (
        f"{sentence}: watch.disk_mb={config.watch.disk_mb:,} keeps {kept:,} of the {frames:,} frames, "
        "older ones are thinned out."
    )


def frame_words(config: TrainConfig) -> str | None:
    """The same before the data are known, where the frames are large; None: they are not."""
    one = frame_bytes(config, config.watch.items)
    if one < LARGE:
        return None
    kept = config.watch.disk_mb * MB // one
    size = _size(config, one)
    return (
        f"A frame of {config.watch.items:,} watched items takes {size} of disk (less where the data are fewer); "
        f"watch.disk_mb={config.watch.disk_mb:,} keeps {kept:,} of them, older ones are thinned out."
    )


def _size(config: TrainConfig, one: int) -> str:
    least = "at least " if ENCODERS[config.model.encoder].pretrained else ""
    return f"{least}{one / MB:,.0f} MB"
