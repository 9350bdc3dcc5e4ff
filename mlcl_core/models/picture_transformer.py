"""Pictures through a pretrained backbone of the transformers library, or EfficientNet-lite0."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float
from PIL import Image
from torch import Tensor, nn

from mlcl_core.encoder_parameters import Chunk, Layers, Recompute
from mlcl_core.errors import InputError
from mlcl_core.models.encoder import Encoder, EncoderRecord
from mlcl_core.models.passes import device_of, pictures_at_once, to_device
from mlcl_core.models.pretrained import is_installed
from mlcl_core.models.transformer import learn_last, opened, recomputed

IMAGENET_MEAN, IMAGENET_DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
LITE0_SIDE = 224
LITE0_FILE = "efficientnet-lite0-57934424.pth"


class PictureTransformer(Encoder):
    """A pretrained backbone; h is the mean over the positions of its last layer.

    Statistics of batch normalisation are frozen: an item's features don't depend on the rest of its batch.

    Args:
        folder: Folder of the model, as ``checked_folder`` accepts it.
        layers: Number of last blocks that are trained, with all modules after them; 0: all.
        chunk: Pictures of one forward pass; 0: 64 on a CPU, on an accelerator as many as fit into its memory. The
            gradient is that of the whole batch.
        recompute: Compute states again in the backward pass, which saves memory.

    Shape:
        Ink, float [n, 1 or 3, h, w] in [0, 1] (white is 0), to float [n, features]. :meth:`normalised` pictures are
        taken by :meth:`feature_maps_of`.

    Raises:
        InputError: The folder can't be opened.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, folder: Path, *, layers: Layers = 0, chunk: Chunk = 0, recompute: Recompute = False) -> None:
        """Open the model, and read the size and normalisation of its pictures."""
        super().__init__()
        self.chunk, self.recompute = chunk, recompute
        lite = is_installed(folder, "efficientnet-lite0")
        self.model = _lite0(folder / LITE0_FILE) if lite else opened(folder, "picture")
        self.processor = None if lite else _processor(folder)
        mean, deviation, self.side = (
            (IMAGENET_MEAN, IMAGENET_DEVIATION, LITE0_SIDE) if lite else _wanted(self.processor)
        )
        self.register_buffer("mean", torch.tensor(mean).view(-1, 1, 1), persistent=False)
        self.register_buffer("deviation", torch.tensor(deviation).view(-1, 1, 1), persistent=False)
        learn_last(self.model, layers)
        self.eval()  # or the statistics of batch normalisation would take in a picture that there is not
        with torch.no_grad():
            self.feature_dim = self.feature_maps_of(torch.zeros(1, 3, self.side, self.side)).shape[-1]
        self.train()  # the mode of any new module

    def train(self, mode: bool = True) -> "PictureTransformer":
        """As of any module, but batch normalisation stays in evaluation mode."""
        super().train(mode)
        for module in self.modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm):
                module.eval()
        return self

    @property
    def token_width(self) -> int:
        """Width of a position."""
        return self.feature_dim

    def prepared(self, pictures: Sequence[Image.Image]) -> Float[Tensor, "n 3 h w"]:
        """Pictures resized, cropped and normalised by the model's own image processor, on its device."""
        return self.pixels([self.fitted(picture) for picture in pictures])

    def fitted(self, picture: Image.Image) -> Tensor:
        """The part of :meth:`prepared` that takes the time, for one picture; threads may share it."""
        if self.processor is not None:
            return self.processor(images=[picture], return_tensors="pt")["pixel_values"][0]
        return torch.frombuffer(bytearray(_cut(picture, self.side).tobytes()), dtype=torch.uint8)

    def pixels(self, fitted: Sequence[Tensor]) -> Float[Tensor, "n 3 h w"]:
        """The rest of :meth:`prepared`, for pictures of the same size."""
        pixels = to_device(torch.stack(list(fitted)), self.mean.device)
        if self.processor is not None:
            return pixels
        return self.normalised(pixels.view(-1, self.side, self.side, 3).permute(0, 3, 1, 2).float() / 255)

    def normalised(self, x: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n 3 h w"]:
        """Pixels in [0, 1] (white is 1), shifted and scaled as in training."""
        return (x - self.mean) / self.deviation

    def feature_maps(self, x: Float[Tensor, "n channels h w"]) -> Float[Tensor, "n t width"]:
        """The output of the last layer for pictures given as ink, resized to the side that the model expects."""
        pixels = (1 - x).expand(-1, 3, -1, -1)
        if pixels.shape[-2:] != (self.side, self.side):
            pixels = F.interpolate(pixels, size=(self.side, self.side), mode="bilinear", antialias=True)
        pixels = self.normalised(pixels)
        if not len(pixels):
            return pixels.new_zeros(0, 1, self.feature_dim)
        again = self.recompute or bool(self.chunk)
        parts = pixels.split(self.chunk or self.at_once(len(pixels)))
        return torch.cat([recomputed(self.feature_maps_of, part, self.model, again=again) for part in parts])

    def at_once(self, n: int) -> int:
        """How many of n pictures go through together where no chunk is given."""
        kept = (self.recompute or None) if torch.is_grad_enabled() else False
        return pictures_at_once(device_of(self.model), n, self.side**2, kept=kept)

    def feature_maps_of(self, pixels: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n t width"]:
        """The output of the last layer for normalised pictures."""
        if hasattr(self.model, "extract_features"):
            last = self.model.extract_features(pixels)  # type: ignore[operator]
        else:
            last = self.model(pixel_values=pixels).last_hidden_state
        return last.flatten(2).transpose(1, 2) if last.ndim == 4 else last

    def pool(self, feature_maps: Float[Tensor, "n t width"]) -> Float[Tensor, "n features"]:
        """Features h: the mean over the positions."""
        return feature_maps.mean(1)

    def tokens(self, feature_maps: Float[Tensor, "n t width"]) -> Float[Tensor, "n t width"]:
        """The positions."""
        return feature_maps


def _cut(picture: Image.Image, side: int) -> Image.Image:
    """Seven eighths of the picture's shorter side, from its middle, as EfficientNet was tested."""
    edge = min(picture.size) * 7 / 8
    left, top = (picture.width - edge) / 2, (picture.height - edge) / 2
    return picture.resize((side, side), Image.Resampling.BICUBIC, box=(left, top, left + edge, top + edge))


def _lite0(path: Path) -> nn.Module:
    try:
        from efficientnet_lite_pytorch import EfficientNet
    except ImportError:
        raise InputError("efficientnet-lite0 needs a package: pip install efficientnet-lite-pytorch==0.1.0") from None
    with torch.random.fork_rng(devices=[]):
        model = EfficientNet.from_name("efficientnet-lite0")
    # weights_only: the unpickler makes tensors only, of a file whose hash pip has checked
    model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    model._fc = nn.Identity()  # the classifier of ImageNet, which would get no gradient
    return model


def _processor(folder: Path) -> Any:
    from transformers import AutoImageProcessor

    try:
        return AutoImageProcessor.from_pretrained(folder, trust_remote_code=False, local_files_only=True, backend="pil")
    except Exception as error:
        lines = (str(error).strip() or type(error).__name__).splitlines()
        raise InputError(f"{folder}: its image processor can't be opened: {lines[0][:300]}") from error


def _wanted(processor: Any) -> tuple[Sequence[float], Sequence[float], int]:
    """Mean, deviation and side of the pictures that a processor gives."""
    made = processor(images=[Image.new("RGB", (300, 200))], return_tensors="pt")["pixel_values"]
    normalised = bool(getattr(processor, "do_normalize", True))
    mean = getattr(processor, "image_mean", None) if normalised else None
    deviation = getattr(processor, "image_std", None) if normalised else None
    return mean or (0.0, 0.0, 0.0), deviation or (1.0, 1.0, 1.0), int(made.shape[-1])


PICTURE_TRANSFORMER = EncoderRecord(
    name="picture_transformer",
    title="Pretrained backbone for pictures, fine-tuned",
    kind="picture",
    summary="Any picture encoder of the transformers library, or EfficientNet-lite0.",
    build=PictureTransformer,
    pretrained=True,
)
