"""Views: deterministic, what each strength does, and what is refused."""

import pytest
import torch

from mlcl_core.data import VIEWS, augment, to_input
from mlcl_core.errors import InputError
from tests.cases import DEVICES

CHANGED = [kind for kind, record in VIEWS.items() if record.strengths]  # tokens stay as they are
STILL = {kind: dict.fromkeys(record.strengths, 0.0) for kind, record in VIEWS.items()}


def items(kind: str, n: int = 12) -> torch.Tensor:
    """Random pictures with a white border, or random features."""
    generator = torch.Generator().manual_seed(5)
    if kind == "features":
        return torch.randn(n, 20, generator=generator)
    if kind == "tokens":
        return torch.randint(-1, 90, (n, 20), generator=generator, dtype=torch.int32)
    pictures = torch.full((n, 2, 16, 16), 255, dtype=torch.uint8)
    pictures[:, :, 4:12, 4:12] = torch.randint(0, 200, (n, 2, 8, 8), generator=generator, dtype=torch.uint8)
    return pictures


def seeded(seed: int = 0) -> torch.Generator:
    """A seeded generator."""
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("kind", CHANGED)
def test_same_generator_same_view(kind, device):
    """Equal states give equal bits, other states other views, of the same type, shape and device."""
    x = items(kind).to(device)
    first = augment(x, kind, generator=seeded())
    assert torch.equal(first, augment(x, kind, generator=seeded()))
    assert not torch.equal(first, augment(x, kind, generator=seeded(1)))
    assert (first.dtype, first.shape, first.device.type) == (torch.float32, x.shape, device)
    assert torch.isfinite(first).all()


@pytest.mark.parametrize("kind", CHANGED)
def test_two_views_differ(kind):
    """Two successive views from one generator differ in every item."""
    generator = seeded()
    first, second = (augment(items(kind), kind, generator=generator) for _ in range(2))
    assert ((first - second).flatten(1).abs().amax(1) > 0).all()


@pytest.mark.parametrize("kind", VIEWS)
def test_no_strength_no_change(kind):
    """With all strengths 0, the view is the encoder's plain input."""
    x = items(kind)
    assert torch.equal(augment(x, kind, generator=seeded(), **STILL[kind]), to_input(x, kind))


@pytest.mark.parametrize(("kind", "strength"), [(kind, name) for kind in VIEWS for name in VIEWS[kind].strengths])
def test_each_strength_acts(kind, strength):
    """Each strength alone changes the view."""
    record = VIEWS[kind].strengths[strength]
    settings = {**STILL[kind], strength: record.default or 0.5}
    assert not torch.equal(augment(items(kind), kind, generator=seeded(), **settings), to_input(items(kind), kind))


# two views after each other: of items 0 and 3, four numbers in the middle of a row; written by version 0.2.0
DRAWN_IN_SEQUENCE = {
    "picture": [
        [[0.645436, 0.468455, 0.71001, 0.916836], [0.616201, 0.566596, 0.449303, 0.238758]],
        [[0.304225, 0.379003, 0.322826, 0.487254], [0.401974, 0.230322, 0.340072, 0.439086]],
    ],
    "features": [
        [[0.0, 0.0, 0.0, -1.694227], [0.0, 0.689629, 1.405635, 1.460496]],
        [[1.796662, 0.432483, 0.0, -1.846288], [1.259206, 0.783693, 1.251957, 1.277987]],
    ],
}


@pytest.mark.parametrize("kind", CHANGED)
def test_a_generator_draws_what_it_always_drew(kind):
    """Runs begun before there were counters go on with the same views: the same numbers, in the same order."""
    generator = seeded(3)
    strengths = {"noise": 0.05, "flip": 0.3} if kind == "picture" else {}
    for wanted in DRAWN_IN_SEQUENCE[kind]:
        view = augment(items(kind, 4), kind, generator=generator, **strengths)[[0, 3]]
        shown = view[:, 1, 6, 5:9] if kind == "picture" else view[:, :4]
        assert torch.allclose(shown, torch.tensor(wanted), atol=1e-5)


def test_tokens_are_unchanged():
    """Tokens are unchanged: the encoder's dropout makes two views of a text."""
    x = items("tokens")
    assert torch.equal(augment(x, "tokens", generator=seeded()), x)


def test_pictures_are_ink():
    """White is 0, black is 1."""
    picture = torch.tensor([[[[255, 0], [0, 255]]]], dtype=torch.uint8)
    assert to_input(picture, "picture").flatten().tolist() == [0, 1, 1, 0]


def test_flip_alone_mirrors():
    """With probability 1, a picture is mirrored left to right and otherwise unchanged."""
    x = items("picture")
    mirrored = augment(x, "picture", generator=seeded(), **{**STILL["picture"], "flip": 1.0})
    assert torch.allclose(mirrored, to_input(x, "picture").flip(3), atol=1e-5)


def test_erase_takes_ink_away():
    """With probability 1, every picture loses ink in a box and gains none."""
    x = items("picture")
    plain = to_input(x, "picture")
    erased = augment(x, "picture", generator=seeded(), **{**STILL["picture"], "erase": 1.0})
    assert ((erased == plain) | (erased == 0)).all()
    assert (erased.sum((1, 2, 3)) < plain.sum((1, 2, 3))).float().mean() > 0.8


def test_a_small_shift_keeps_the_ink():
    """A small shift moves the ink without losing it."""
    x = items("picture")
    moved = augment(x, "picture", generator=seeded(), **{**STILL["picture"], "shift": 0.1})
    assert torch.allclose(moved.sum((1, 2, 3)), to_input(x, "picture").sum((1, 2, 3)), rtol=0.02)


def test_mask_sets_the_share():
    """About the given share of features becomes 0; the others are unchanged."""
    x = torch.ones(100, 100)
    view = augment(x, "features", generator=seeded(), mask=0.3, noise=0.0)
    assert set(view.unique().tolist()) == {0.0, 1.0}
    assert (view == 0).float().mean().item() == pytest.approx(0.3, abs=0.02)


@pytest.mark.parametrize("kind", VIEWS)
@pytest.mark.parametrize("n", [0, 1])
def test_few_items(kind, n):
    """Batches of no item and of one item are allowed."""
    assert augment(items(kind)[:n], kind, generator=seeded()).shape[0] == n


def test_refuses():
    """An unknown kind, an unknown strength and a strength out of range are refused."""
    with pytest.raises(InputError, match="no kind of item 'sound'; kinds are picture, features"):
        to_input(torch.zeros(1, 1), "sound")
    with pytest.raises(InputError, match="views of features has no option shift"):
        augment(items("features"), "features", generator=seeded(), shift=0.1)
    with pytest.raises(InputError, match="erase is 2"):
        augment(items("picture"), "picture", generator=seeded(), erase=2)
