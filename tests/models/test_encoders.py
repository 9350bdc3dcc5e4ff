"""Every encoder that is trained from scratch; for pretrained ones see test_text_transformer.py."""

import pytest
import torch
from torch import nn

from mlcl_core.data.multilabel import KINDS
from mlcl_core.errors import InputError
from mlcl_core.models import ENCODERS, ConvolutionalEncoder, MLPEncoder, ProjectionHead, build_encoder
from tests.cases import DEVICES

OWN = [name for name, record in ENCODERS.items() if not record.pretrained]
SHAPES = {"picture": (1, 32, 32), "features": (20,)}


def built(name: str, seed: int = 0, **options) -> nn.Module:
    """An encoder with weights of a seed."""
    torch.manual_seed(seed)
    return build_encoder(name, SHAPES[ENCODERS[name].kind], **options)


def batch(name: str, n: int = 6) -> torch.Tensor:
    """Items of the encoder's kind."""
    return torch.rand(n, *SHAPES[ENCODERS[name].kind], generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("name", ENCODERS)
def test_record(name):
    """Every text of a record is there."""
    record = ENCODERS[name]
    assert record.name == name
    assert record.kind in KINDS
    assert record.title
    assert record.summary


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("name", OWN)
def test_features_and_gradients(name, device):
    """h has the width promised, and every parameter gets a gradient."""
    encoder = built(name).to(device)
    h = encoder(batch(name).to(device))
    assert h.shape == (6, encoder.feature_dim)
    h.square().sum().backward()
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in encoder.parameters())
    assert sum(float(p.grad.abs().sum()) > 0 for p in encoder.parameters()) == len(list(encoder.parameters()))


@pytest.mark.parametrize("name", OWN)
def test_an_item_alone_is_as_in_a_batch(name):
    """Features depend neither on the rest of the batch nor on train or eval mode."""
    encoder, x = built(name), batch(name)
    together = encoder(x)
    assert torch.allclose(torch.cat([encoder(row[None]) for row in x]), together, atol=1e-5)
    assert torch.equal(encoder.eval()(x), together)


@pytest.mark.parametrize("name", OWN)
def test_same_seed_same_bits(name):
    """Equal seeds give equal weights, features and gradients, bit for bit."""
    results = []
    for _ in range(2):
        encoder = built(name)
        h = encoder(batch(name))
        h.square().sum().backward()
        results.append([h.detach(), *(p.grad for p in encoder.parameters())])
    assert all(torch.equal(a, b) for a, b in zip(*results, strict=True))


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("n", [0, 1])
def test_few_items(name, n):
    """Batches of no item and of one item are encoded."""
    encoder = built(name)
    assert encoder(batch(name)[:n]).shape == (n, encoder.feature_dim)


@pytest.mark.parametrize("name", OWN)
def test_nothing_that_couples_items(name):
    """No batch normalisation and no dropout anywhere."""
    forbidden = (nn.modules.batchnorm._BatchNorm, nn.Dropout)
    assert not any(isinstance(module, forbidden) for module in built(name).modules())


@pytest.mark.parametrize("side", [(8, 8), (17, 40), (64, 64)])
def test_pictures_of_other_sizes(side):
    """Any picture from 8 x 8 up, of any number of channels."""
    encoder = build_encoder("convolutional", (3, *side), width=8, feature_dim=32)
    assert encoder(torch.rand(2, 3, *side)).shape == (2, 32)


def test_mlp_without_hidden_layers_is_linear():
    """Depth 0 is one linear map."""
    encoder = MLPEncoder(3, width=7, depth=0, feature_dim=2)
    x = torch.rand(4, 3)
    assert torch.allclose(encoder(2 * x) - encoder(x), encoder(x) - encoder(torch.zeros(4, 3)), atol=1e-6)


def test_projection_head():
    """h to z, by a hidden layer, without normalising."""
    z = ProjectionHead(6, 8, 3)(torch.rand(5, 6))
    assert z.shape == (5, 3)
    assert not torch.allclose(z.norm(dim=1), torch.ones(5))


def test_refuses():
    """Unknown names and options, impossible values, items of another kind."""
    with pytest.raises(InputError, match="no encoder 'vit'; encoders are convolutional, mlp"):
        build_encoder("vit", (1, 32, 32))
    with pytest.raises(InputError, match="encoder mlp has no option colour"):
        build_encoder("mlp", (3,), colour=1)
    with pytest.raises(InputError, match="width is 0"):
        build_encoder("mlp", (3,), width=0)
    with pytest.raises(InputError, match="width is 12; for pictures it must be a multiple of 8"):
        ConvolutionalEncoder(1, width=12, feature_dim=16)
    with pytest.raises(InputError, match="feature_dim is 24; for pictures it must be a multiple of 16"):
        ConvolutionalEncoder(1, width=8, feature_dim=24)
    with pytest.raises(InputError, match=r"can't take items of shape \(20,\)"):
        build_encoder("convolutional", (20,))
    with pytest.raises(InputError, match="sides of at least 8"):
        build_encoder("convolutional", (1, 32, 4))
    with pytest.raises(InputError, match=r"can't take items of shape \(1, 32, 32\)"):
        build_encoder("mlp", (1, 32, 32))


@pytest.mark.parametrize(("num_downsamples", "side"), [(2, 8), (3, 4)])
def test_num_downsamples(num_downsamples: int, side: int) -> None:
    """Of 32 pixels a side two halvings leave 8 places, three leave 4; h is the mean and the maximum over them."""
    encoder = ConvolutionalEncoder(1, width=8, feature_dim=16, num_downsamples=num_downsamples)
    x = torch.rand(2, 1, 32, 32)
    maps = encoder.layers(x)
    assert maps.shape == (2, 8, side, side)
    torch.testing.assert_close(encoder(x), torch.cat([maps.mean((2, 3)), maps.flatten(2).max(2).values], 1))
