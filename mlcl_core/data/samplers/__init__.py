"""Samplers: how an epoch's items are dealt into batches. To add one: its file, one line here, its test."""

from mlcl_core.data.positive_sampling import Positive
from mlcl_core.data.samplers.label_balanced import LABEL_BALANCED
from mlcl_core.data.samplers.positives import POSITIVES
from mlcl_core.data.samplers.record import Sampler
from mlcl_core.data.samplers.uniform import UNIFORM

SAMPLERS: dict[str, Sampler] = {sampler.name: sampler for sampler in (UNIFORM, LABEL_BALANCED, POSITIVES)}

__all__ = ["SAMPLERS", "Positive", "Sampler"]
