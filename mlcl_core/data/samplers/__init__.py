"""Samplers: how an epoch's items are dealt into batches. To add one: its file, one line here, its test."""

from mlcl_core.data.positive_sampling import Positive
from mlcl_core.data.samplers.record import Sampler
from mlcl_core.registry import records_in

# Forms list the samplers in this order.
# isort: off
from mlcl_core.data.samplers.uniform import UNIFORM
from mlcl_core.data.samplers.label_balanced import LABEL_BALANCED
from mlcl_core.data.samplers.positives import POSITIVES
# isort: on

SAMPLERS = records_in(globals(), Sampler)

__all__ = ["SAMPLERS", "Positive", "Sampler"]
