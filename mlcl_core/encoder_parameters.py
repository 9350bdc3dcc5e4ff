"""Parameters that encoders and the configuration share, declared once. Needs no torch."""

from typing import Annotated, Literal

from mlcl_core.options import Param

POWERS_OF_TWO = tuple(2**power for power in range(17))

Width = Annotated[
    int,
    Param(
        "Channels of the first layer (a multiple of 8), or units of a hidden layer.",
        ge=1,
        le=1024,
        useful=POWERS_OF_TWO,
        title="Network width",
    ),
]
Depth = Annotated[int, Param("Hidden layers of the MLP encoder; 0 is a linear map.", ge=0, le=16)]
FeatureDim = Annotated[
    int,
    Param(
        "Size of h, the encoder's output: probe and kNN look here. For pictures a multiple of 16.",
        ge=2,
        le=4096,
        useful=POWERS_OF_TWO,
        title="Size of h",
    ),
]
NumDownsamples = Annotated[
    int,
    Param("How often the convolutional encoder halves a picture: 3 for one object, 2 for several.", ge=1, le=3),
]

Layers = Annotated[
    int, Param("Last layers that are fine-tuned; 0: all.", ge=0, le=1000, title="Last layers that learn")
]
Chunk = Annotated[
    int,
    Param(
        "Fine-tuned items that go through at once; 0: all. The gradient is exact.",
        ge=0,
        le=65536,
        useful=(0, *POWERS_OF_TWO),
        title="Items at once",
    ),
]
Recompute = Annotated[
    bool, Param("Compute states again in the backward pass: less memory, a third more time.", title="Compute again")
]
Pooling = Annotated[
    Literal["mean", "first"], Param("A text's features: the mean of its tokens' states, or the first token's.")
]
