"""A small convolutional network for small pictures."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from mlcl_core.errors import InputError
from mlcl_core.models.encoder import FEATURES, EncoderRecord
from mlcl_core.pairs.rule import Option

STAGES = (1, 2, 4, 4)  # channels of the four layers, in widths
SMALLEST = 8  # pixels a side: three halvings leave one


class ConvolutionalEncoder(nn.Module):
    """Four 3 x 3 convolutions, each but the last followed by a halving, then mean and maximum over what is left.

    Group normalisation, so that an item's features don't depend on the batch it comes in.

    Args:
        channels: Of the pictures.
        width: Channels of the first layer; the others have 2, 4 and 4 times as many. A multiple of 8.
        features: Width of h.

    Shape:
        Float [n, channels, h, w], h and w at least 8, to float [n, features].
    """

    def __init__(self, channels: int, *, width: int, features: int) -> None:
        """Four layers and the linear map to h, with torch's own initialisation."""
        super().__init__()
        if width % 8:
            raise InputError(f"encoder width is {width}; it must be a multiple of 8")
        self.features = features
        wide = [channels, *(width * stage for stage in STAGES)]
        layers: list[nn.Module] = []
        for i in range(len(STAGES)):
            layers += [
                nn.Conv2d(wide[i], wide[i + 1], 3, padding=1, bias=False),
                nn.GroupNorm(8, wide[i + 1]),
                nn.ReLU(),
            ]
            if i < len(STAGES) - 1:
                layers.append(nn.MaxPool2d(2))
        self.layers = nn.Sequential(*layers)
        self.out = nn.Linear(2 * wide[-1], features)

    def forward(self, x: Float[Tensor, "n channels h w"]) -> Float[Tensor, "n features"]:
        """Features h of each picture."""
        maps = self.layers(x)
        return self.out(torch.cat([maps.mean((2, 3)), maps.amax((2, 3))], 1))


def build_convolutional(input_shape: tuple[int, ...], *, width: int, features: int) -> ConvolutionalEncoder:
    """Make the network for pictures of shape (channels, height, width)."""
    if len(input_shape) != 3 or min(input_shape[1:]) < SMALLEST:
        wanted = f"(channels, height, width) with sides of at least {SMALLEST}"
        raise InputError(f"the convolutional encoder can't take items of shape {input_shape}; it needs {wanted}")
    return ConvolutionalEncoder(input_shape[0], width=int(width), features=int(features))


CONVOLUTIONAL = EncoderRecord(
    name="convolutional",
    title="Small convolutional network",
    kind="picture",
    summary="Four 3 x 3 layers with group normalisation: made for pictures of 32 x 32 on two processor cores.",
    build=build_convolutional,
    params={
        "width": Option(32, "Channels of the first layer, a multiple of 8.", minimum=8, maximum=1024),
        "features": FEATURES,
    },
)
