"""A plain network for feature vectors."""

from jaxtyping import Float
from torch import Tensor, nn

from mlcl_core.encoder_parameters import Depth, FeatureDim, Width
from mlcl_core.errors import InputError
from mlcl_core.models.encoder import Encoder, EncoderRecord


class MLPEncoder(Encoder):
    """``depth`` hidden layers with layer normalisation and ReLU, then a linear layer to h.

    Args:
        inputs: Features of an item.
        width: Of each hidden layer.
        depth: Hidden layers; 0 leaves the linear layer alone.
        feature_dim: Width of h.

    Shape:
        Float [n, inputs] to float [n, features].
    """

    def __init__(self, inputs: int, *, width: int, depth: int, feature_dim: int) -> None:
        """Hidden layers and the linear map to h, with torch's own initialisation."""
        super().__init__()
        self.feature_dim = feature_dim
        wide = [inputs, *[width] * depth]
        layers: list[nn.Module] = []
        for i in range(depth):
            layers += [nn.Linear(wide[i], wide[i + 1]), nn.LayerNorm(wide[i + 1]), nn.ReLU()]
        self.layers = nn.Sequential(*layers, nn.Linear(wide[-1], feature_dim))

    @property
    def token_width(self) -> int:
        """Width of a token: that of h."""
        return self.feature_dim

    def feature_maps(self, x: Float[Tensor, "n inputs"]) -> Float[Tensor, "n features"]:
        """Features h: a vector has no positions."""
        return self.layers(x)

    def pool(self, feature_maps: Float[Tensor, "n features"]) -> Float[Tensor, "n features"]:
        """Features h, unchanged."""
        return feature_maps

    def tokens(self, feature_maps: Float[Tensor, "n features"]) -> Float[Tensor, "n 1 features"]:
        """Features h as one token."""
        return feature_maps[:, None]


def build_mlp(
    input_shape: tuple[int, ...], *, width: Width = 256, depth: Depth = 2, feature_dim: FeatureDim = 256
) -> MLPEncoder:
    """Make the network for rows of ``input_shape`` = (inputs,)."""
    if len(input_shape) != 1 or input_shape[0] < 1:
        raise InputError(f"the MLP encoder can't take items of shape {input_shape}; it needs (features,)")
    return MLPEncoder(input_shape[0], width=width, depth=depth, feature_dim=feature_dim)


MLP = EncoderRecord(
    name="mlp",
    title="Multi-layer perceptron",
    kind="features",
    summary="Hidden layers with layer normalisation, for feature vectors of any source.",
    build=build_mlp,
)
