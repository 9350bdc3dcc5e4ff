"""Learning rate, frames and checkpoints as functions of the step alone: a resumed run needs no state for them."""

import math

from mlcl_core.engine.config import OptimiserConfig

SPREAD = 20  # checkpoints that are spread evenly over a run, besides the others
MIN_SPACING = 20  # steps between two of them: fewer steps are sooner trained again than a checkpoint is worth


def learning_rate(step: int, total: int, config: OptimiserConfig) -> float:
    """Learning rate of a step (counted from 0): linear warm-up, then a cosine to 0, or constant."""
    warm = round(config.warmup * total)
    if step < warm:
        return config.learning_rate * (step + 1) / (warm + 1)
    if config.schedule == "constant":
        return config.learning_rate
    return config.learning_rate * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(total - warm, 1)))


def frame_due(step: int, total: int, every: int) -> bool:
    """Whether a frame is due after a step: steps 0, 1, 2, 4, ... at first, then every ``every`` steps, and the last."""
    early = step < every and (step & (step - 1)) == 0
    return step == 0 or step == total or step % every == 0 or early


def checkpoint_spacing(total: int) -> int:
    """Steps between the checkpoints that are written evenly over a run: a 20th of its steps, at least 20."""
    return max(MIN_SPACING, -(-total // SPREAD))


def checkpoint_due(step: int, total: int, every: int) -> bool:
    """Whether a checkpoint is due after a step: every ``every`` steps, at the evenly spread ones, and at the last."""
    return step % every == 0 or step == total or step % checkpoint_spacing(total) == 0
