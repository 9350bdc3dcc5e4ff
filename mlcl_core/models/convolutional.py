"""A small convolutional network for small pictures."""

from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor, nn

from mlcl_core.errors import InputError
from mlcl_core.models.encoder import FEATURES, EncoderRecord
from mlcl_core.pairs.rule import Option

SMALLEST = 8  # pixels a side


class ConvolutionalEncoder(nn.Module):
    """Four convolutions, then mean and maximum over what is left of the picture: what is there, and how much of it.

    The first two halve the picture, the third does too with ``halvings=3``. Two halvings keep a grid fine enough to
    tell small things that lie close together (digits in a scene); three are quicker and do for one thing a picture.
    Group normalisation, so that an item's features don't depend on the batch it comes in.

    Args:
        channels: Of the pictures.
        width: Channels of the first layer; the next two have twice and four times as many. A multiple of 8.
        features: Width of h; half of it are means, half maxima, of the last layer's channels. A multiple of 16.
        halvings: 2 or 3.

    Shape:
        Float [n, channels, h, w], h and w at least 8, to float [n, features].
    """

    def __init__(self, channels: int, *, width: int, features: int, halvings: int) -> None:
        """Four layers with torch's own initialisation."""
        super().__init__()
        if width % 8 or features % 16:
            raise InputError(
                f"encoder width is {width} and features is {features}; they must be multiples of 8 and of 16"
            )
        self.features = features
        self.layers = nn.Sequential(
            *_layer(channels, width, side=5, stride=2),
            *_layer(width, 2 * width, side=3, stride=2),
            *_layer(2 * width, 4 * width, side=3, stride=2 if halvings == 3 else 1),
            *_layer(4 * width, features // 2, side=3, stride=1),
        )

    def forward(self, x: Float[Tensor, "n channels h w"]) -> Float[Tensor, "n features"]:
        """Features h of each picture."""
        # channels last: a fifth quicker on a CPU at these sizes
        maps = self.layers(x.contiguous(memory_format=torch.channels_last))
        return torch.cat([maps.mean((2, 3)), maps.amax((2, 3))], 1)


def _layer(inputs: int, outputs: int, *, side: int, stride: int) -> list[nn.Module]:
    convolution = nn.Conv2d(inputs, outputs, side, stride, side // 2, bias=False)
    return [convolution.to(memory_format=torch.channels_last), nn.GroupNorm(8, outputs), nn.ReLU()]


def build_convolutional(
    input_shape: tuple[int, ...], *, width: int, features: int, halvings: int
) -> ConvolutionalEncoder:
    """Make the network for pictures of shape (channels, height, width)."""
    if len(input_shape) != 3 or min(input_shape[1:]) < SMALLEST:
        wanted = f"(channels, height, width) with sides of at least {SMALLEST}"
        raise InputError(f"the convolutional encoder can't take items of shape {input_shape}; it needs {wanted}")
    return ConvolutionalEncoder(input_shape[0], width=int(width), features=int(features), halvings=int(halvings))


CONVOLUTIONAL = EncoderRecord(
    name="convolutional",
    title="Small convolutional network",
    kind="picture",
    summary="Four layers with group normalisation: made for pictures of 32 x 32 on two processor cores.",
    build=build_convolutional,
    params={
        "width": Option(32, "Channels of the first layer, a multiple of 8.", minimum=8, maximum=1024),
        "features": replace(FEATURES, default=256, help=FEATURES.help + " A multiple of 16."),
        "halvings": Option(
            3, "How often the picture is halved: 2 for small things close together.", minimum=2, maximum=3
        ),
    },
)
