"""What depends on the step alone: learning rate, moments of frames. A resumed run needs no state for them."""

import math

from mlcl_core.engine.config import OptimiserConfig


def learning_rate(step: int, total: int, config: OptimiserConfig) -> float:
    """Learning rate of a step (counted from 0): linear warm-up, then a cosine to 0, or constant."""
    warm = round(config.warmup * total)
    if step < warm:
        return config.learning_rate * (step + 1) / (warm + 1)
    if config.schedule == "constant":
        return config.learning_rate
    return config.learning_rate * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(total - warm, 1)))


def frame_due(step: int, total: int, every: int) -> bool:
    """Whether the watched items are looked at after this step: at 0, 1, 2, 4, ... while all is new, then regularly."""
    early = step < every and (step & (step - 1)) == 0
    return step == 0 or step == total or step % every == 0 or early
