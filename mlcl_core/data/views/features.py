"""features: some masked, the others with noise."""

from typing import Annotated

from jaxtyping import Float32
from torch import Tensor

from mlcl_core.data.views.record import Random, ViewRecord
from mlcl_core.options import Param


def feature_view(
    x: Float32[Tensor, "n d"],
    random: Random,
    *,
    mask: Annotated[float, Param("Probability that a feature is set to its mean.", ge=0, le=1)] = 0.2,
    noise: Annotated[float, Param("Standard deviation of noise, the feature's own being 1.", ge=0, le=10)] = 0.1,
) -> Float32[Tensor, "n d"]:
    """Add noise to the features and set some of them to 0, their mean over the training rows."""
    if noise:
        x = x + random.normal(*x.shape[1:]).mul_(noise)
    if mask:
        x = x * random.kept(mask, x.shape[1])
    return x


FEATURES = ViewRecord(
    name="features",
    make=feature_view,
)
