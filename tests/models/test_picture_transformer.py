"""Pictures through a pretrained backbone: as its processor makes them, or as ink; batch norm; what learns."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from mlcl_core.errors import InputError
from mlcl_core.models import PictureTransformer, build_encoder, located
from mlcl_core.models.picture_transformer import LITE0_FILE
from tests.tiny_models import picture_model


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny vision transformer."""
    return picture_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def lite() -> PictureTransformer:
    """The encoder that installs with the Lab."""
    folder = located("efficientnet-lite0")
    assert folder is not None
    return PictureTransformer(folder).eval()


def pictures(n: int, side: int = 32, seed: int = 0) -> list[Image.Image]:
    """Smooth random pictures."""
    small = np.random.default_rng(seed).integers(0, 256, (n, 4, 4, 3), dtype=np.uint8)
    return [Image.fromarray(one).resize((side, side)) for one in small]


def ink(drawn: list[Image.Image]) -> Tensor:
    """The same pictures as ink in [0, 1], white is 0."""
    return 1 - torch.from_numpy(np.stack([np.asarray(one) for one in drawn])).permute(0, 3, 1, 2).float() / 255


def test_features_are_the_models(folder: Path) -> None:
    """h is the mean over the last layer's positions, of pictures as the model's own processor makes them."""
    from transformers import AutoImageProcessor, AutoModel

    drawn = pictures(3, side=50)
    encoder = PictureTransformer(folder).eval()
    pixels = AutoImageProcessor.from_pretrained(folder, backend="pil")(images=drawn, return_tensors="pt")[
        "pixel_values"
    ]
    assert torch.equal(encoder.prepared(drawn), pixels)
    states = AutoModel.from_pretrained(folder).eval()(pixel_values=pixels).last_hidden_state
    assert torch.allclose(encoder.pool(encoder.feature_maps_of(pixels)), states.mean(1), atol=1e-6)
    assert encoder.feature_dim == encoder.token_width == 16


def test_ink_and_pixels_agree(folder: Path, lite: PictureTransformer) -> None:
    """A picture of the right size, given as ink, has the features of the picture itself."""
    drawn = pictures(2)
    encoder = PictureTransformer(folder).eval()
    assert torch.allclose(
        encoder(ink(drawn)), encoder.pool(encoder.feature_maps_of(encoder.prepared(drawn))), atol=1e-5
    )
    grey = ink(drawn)[:, :1]
    assert torch.allclose(encoder(grey), encoder(grey.expand(-1, 3, -1, -1)))
    assert encoder(ink(pictures(2, side=20))).shape == (2, 16)
    assert lite(ink(drawn)).shape == (2, 1280)


@torch.no_grad()
def test_efficientnet_knows_pictures(lite: PictureTransformer) -> None:
    """Two drawings of one picture are nearer to each other than to another picture."""
    first, other = pictures(1, 300, seed=1), pictures(1, 300, seed=2)
    again = [first[0].resize((200, 200)).resize((300, 300))]
    h = torch.nn.functional.normalize(
        torch.cat([lite.pool(lite.feature_maps_of(lite.prepared(x))) for x in (first, again, other)])
    )
    assert float(h[0] @ h[1]) > 0.9 > float(h[0] @ h[2])


def test_batch_statistics_stay(lite: PictureTransformer) -> None:
    """While it trains, an item's features depend on no other, and the statistics don't move."""
    lite.train()
    norms = [module for module in lite.modules() if isinstance(module, nn.BatchNorm2d)]
    assert norms
    assert not any(module.training for module in norms)
    before = norms[0].running_mean.clone()
    lite(ink(pictures(2)))
    assert torch.equal(norms[0].running_mean, before)
    lite.eval()


def test_chunks_give_the_gradient_of_all_at_once(folder: Path) -> None:
    """Pictures one at a time, computed again in the backward pass, give the gradient of the whole batch."""
    x = ink(pictures(3)).double()
    found = []
    for encoder in (PictureTransformer(folder).double(), PictureTransformer(folder, chunk=1).double()):
        encoder(x).pow(3).sum().backward()
        found.append([p.grad for p in encoder.parameters() if p.grad is not None])
    assert len(found[0]) == len(found[1]) > 10
    for one, other in zip(*found, strict=True):
        assert torch.allclose(one, other, rtol=1e-8, atol=1e-12)


def test_the_last_layers_learn(folder: Path) -> None:
    """With one layer, only it and what comes after it get a gradient."""
    encoder = build_encoder("picture_transformer", folder, layers=1)
    encoder(ink(pictures(2))).square().sum().backward()
    learnt = {name for name, p in encoder.named_parameters() if p.grad is not None}
    assert learnt
    assert not any("layer.0." in name or "embeddings" in name for name in learnt)
    assert any(".1." in name for name in learnt)


@pytest.mark.parametrize("n", [0, 1])
def test_few_pictures(folder: Path, n: int) -> None:
    """Batches of no picture and of one picture are encoded."""
    assert PictureTransformer(folder)(ink(pictures(1))[:n]).shape == (n, 16)


def test_a_processor_that_is_none(tmp_path: Path) -> None:
    """A broken preprocessor_config.json is named."""
    folder = picture_model(tmp_path)
    (folder / "preprocessor_config.json").write_text('{"image_processor_type": "NoSuchProcessor"}')
    with pytest.raises(InputError, match="its image processor can't be opened"):
        PictureTransformer(folder)


def test_building_moves_no_statistics(lite: PictureTransformer) -> None:
    """The statistics of batch normalisation are the file's; two encoders of one folder are equal."""
    folder = located("efficientnet-lite0")
    assert folder is not None
    held = torch.load(folder / LITE0_FILE, map_location="cpu", weights_only=True)
    state = lite.model.state_dict()
    assert all(torch.equal(value, held[name]) for name, value in state.items() if "running" in name)
    assert sum("running" in name for name in state) > 50
    assert PictureTransformer(folder).training
