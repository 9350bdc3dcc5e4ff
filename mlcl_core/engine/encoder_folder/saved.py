"""An encoder that was trained earlier, for items that come later."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float32
from PIL import Image
from torch import Tensor, nn

from mlcl_core.data import FeatureScale, to_input
from mlcl_core.engine.network import Network
from mlcl_core.errors import InputError
from mlcl_core.models import Encoder, PictureTransformer

AT_ONCE = 256  # items of a pass


class Encoded(NamedTuple):
    """Items in both spaces: ``h`` before the projection head, and ``z`` of length 1, where the loss acts."""

    h: Float32[Tensor, "n features"]
    z: Float32[Tensor, "n dims"]


class SavedEncoder(nn.Module):
    """Items to h and z, in evaluation mode, without augmentation.

    Args:
        kind: ``features`` or ``picture``.
        encoder, head: As trained.
        front: A frozen encoder of pictures before them; None: there is none.
        scale: By which features are standardised; None: they are not.
        about: Where it comes from, as the folder says.
    """

    def __init__(
        self,
        kind: str,
        encoder: Encoder,
        head: nn.Module,
        front: PictureTransformer | None,
        scale: FeatureScale | None,
        about: dict[str, Any],
    ) -> None:
        """Take the parts as they are."""
        super().__init__()
        self.kind, self.scale, self.about = kind, scale, about
        self.front, self.network = front, Network(encoder, head)
        self.eval()

    @torch.no_grad()
    def encode(self, items: Any) -> Encoded:
        """Encode items that come as they came in training.

        Args:
            items: ``features``: rows of numbers, as in the file, not standardised. ``picture``: uint8 of shape
                [n, channels, height, width] (255 is white), of the size that was trained on; behind a frozen encoder
                pictures of the library Pillow, of any size.

        Raises:
            InputError: Items of another kind or shape.
        """
        device = next(self.network.parameters()).device
        parts = [self._some(items[start : start + AT_ONCE], device) for start in range(0, len(items), AT_ONCE)]
        if not parts:
            raise InputError("there are no items to encode")
        return Encoded(torch.cat([part.h for part in parts]), torch.cat([part.z for part in parts]))

    def _some(self, items: Any, device: torch.device) -> Encoded:
        if self.front is not None:
            x = self._features(self._through(self.front, items).cpu().numpy())
        elif self.kind == "features":
            x = self._features(np.asarray(items))
        else:
            x = torch.as_tensor(items)
            if x.ndim != 4 or x.dtype != torch.uint8:
                raise InputError("pictures must be uint8 of shape [items, channels, height, width]")
            x = to_input(x, "picture")
        seen = self.network(x.to(device))
        return Encoded(seen.h.float(), F.normalize(seen.z.float(), dim=1))

    @staticmethod
    def _through(front: PictureTransformer, pictures: Sequence[Any]) -> Tensor:
        if not all(isinstance(picture, Image.Image) for picture in pictures):
            raise InputError("this encoder takes pictures of the library Pillow")
        return front.pool(front.feature_maps_of(front.prepared([picture.convert("RGB") for picture in pictures])))

    def _features(self, rows: np.ndarray) -> Float32[Tensor, "n d"]:
        if rows.ndim != 2 or rows.dtype.kind not in "biuf":
            raise InputError(f"features must be rows of numbers, not {rows.dtype} of shape {list(rows.shape)}")
        if self.scale is None:
            return torch.from_numpy(rows.astype(np.float32))
        if rows.shape[1] != len(self.scale.mean):
            raise InputError(f"items have {rows.shape[1]} features; this encoder takes {len(self.scale.mean)}")
        return torch.from_numpy(self.scale.standardised(rows))


__all__ = ["Encoded", "SavedEncoder"]
