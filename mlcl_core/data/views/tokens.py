"""tokens: unchanged; the dropout of the encoder makes two views of a text differ."""

from jaxtyping import Int32
from torch import Tensor

from mlcl_core.data.views.record import Random, ViewRecord


def token_view(x: Int32[Tensor, "n t"], random: Random) -> Int32[Tensor, "n t"]:
    """The tokens themselves."""
    return x


TOKENS = ViewRecord(
    name="tokens",
    make=token_view,
    on_host=True,
)
