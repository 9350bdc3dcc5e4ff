"""The training's loss over the watched items."""

from mlcl_core.metrics.record import LiveMetric

WATCHED_LOSS = LiveMetric(
    name="loss",
    title="Loss of the watched items",
    summary="The training's loss, here over the watched items taken as one batch; "
    "the batch just trained on has its own.",
    direction="down",
    measure=lambda frame: frame.loss,
)
