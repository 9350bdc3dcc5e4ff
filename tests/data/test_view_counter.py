"""Numbers of views from counters: published outputs, equal bits by another arithmetic, laws of where they depend on."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from mlcl_core.data import CounterRandom, augment, row_numbers, step_key, views
from mlcl_core.data.views.counter import outputs
from mlcl_core.errors import InputError
from tests.cases import DEVICES
from tests.data.test_views import CHANGED, items
from tests.host_reads import host_reads, pretended_device

SEEDS, STEPS = st.integers(0, 2**31 - 1), st.integers(0, 10_000_000)
BATCHES = st.lists(st.integers(0, 2**40), min_size=1, max_size=12)
WORDS = 2**64


def splitmix64(start: int, index: int) -> int:
    """SplitMix64 on whole numbers of any size, as its authors print it."""
    z = (start + (index + 1) * 0x9E3779B97F4A7C15) % WORDS
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % WORDS
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB % WORDS
    return z ^ (z >> 31)


def signed(word: int) -> int:
    """The number of 64 bits as torch holds it."""
    return word - WORDS if word >= WORDS // 2 else word


def numbers(ids: list[int], seed: int = 0, step: int = 0, view: int = 0, device: str = "cpu") -> CounterRandom:
    """The random numbers of one view of a batch."""
    return CounterRandom(step_key(seed, step), row_numbers(torch.tensor(ids, dtype=torch.int64), view).to(device))


def test_published_outputs():
    """Seed 1234567 of the reference program in C (Vigna), and seed 0 of Java's SplittableRandom."""
    found = [int(word) % WORDS for word in outputs(torch.tensor(1234567), torch.arange(5))]
    assert found == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]
    found = [int(word) % WORDS for word in outputs(torch.tensor(0), torch.arange(3))]
    assert found == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]


@given(st.lists(st.integers(0, WORDS - 1), min_size=1, max_size=40), st.integers(0, 2**62))
def test_wrapping_products_are_those_of_whole_numbers(starts: list[int], index: int) -> None:
    """Vectorised products of signed numbers wrap around as the definition says, of any 64 bits."""
    found = outputs(torch.tensor([signed(start) for start in starts]), torch.tensor(index)).tolist()
    assert found == [signed(splitmix64(start, index)) for start in starts]


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(("seed", "step"), [(0, 0), (2**31 - 1, 12_345)])
def test_uniforms_are_the_upper_24_bits_of_halves(device: str, seed: int, step: int) -> None:
    """The numbers of a row, worked out one by one on whole numbers: equal bits on every device."""
    ids, width = [7, 3, 7, 2**40], 5
    random = numbers(ids, seed, step, 1, device)
    first, second = random.uniform(width), random.uniform(1, 2)
    for row, (item, occurrence) in enumerate([(7, 0), (3, 0), (7, 1), (2**40, 0)]):
        start = splitmix64(splitmix64(seed, step), 2 * (2**16 * item + occurrence) + 1)
        words = [splitmix64(start, index) for index in range(4)]
        halves = [half for word in words for half in (word % 2**32, word >> 32)]
        assert first[row].tolist() == [(half >> 8) / 2**24 for half in halves[:width]]
        # the second call begins with a new output
        assert second[row].tolist() == [[(half >> 8) / 2**24 for half in halves[6:]]]


@pytest.mark.parametrize("device", DEVICES)
def test_what_is_kept_is_decided_by_quarters_of_outputs(device: str) -> None:
    """16 bits as a signed number: lost are the lowest ones, a share of ``lost`` to the 65,536th; all of them at 1."""
    start = splitmix64(splitmix64(0, 0), 2 * 2**16 * 9)
    words = [splitmix64(start, index) for index in range(2)]
    quarters = [(word >> 16 * place) % 2**16 for word in words for place in range(4)]
    ranks = [quarter - 2**16 if quarter >= 2**15 else quarter for quarter in quarters]
    for lost in (1e-9, 0.2, 0.5, 1.0):
        limit = max(round(lost * 2**16), 1) - 2**15
        assert numbers([9], device=device).kept(lost, 2, 3)[0].flatten().tolist() == [r >= limit for r in ranks[:6]]
    many = numbers(list(range(500)), device=device)
    assert float(many.kept(0.2, 400).float().mean()) == pytest.approx(0.8, abs=4.5 * 0.4 / math.sqrt(200_000))
    assert not many.kept(1.0, 400).any()


@pytest.mark.parametrize("width", [1, 2, 5])
def test_normals_are_box_muller_of_the_uniforms(width: int) -> None:
    """Two normals of two uniforms, by the textbook formula in float64."""
    found = numbers([0, 1, 2]).normal(width)
    pairs = (width + 1) // 2
    u = numbers([0, 1, 2]).uniform(2, pairs).double()
    radius, angle = (-2 * torch.log(1 - u[:, 0])).sqrt(), 2 * math.pi * u[:, 1]
    wanted = torch.cat([radius * angle.cos(), radius * angle.sin()], 1)[:, :width]
    assert found.shape == (3, width)
    assert torch.allclose(found.double(), wanted, atol=2e-6)


@given(BATCHES, SEEDS, STEPS, st.integers(0, 1), st.data())
def test_a_row_does_not_depend_on_the_others(batch: list[int], seed: int, step: int, view: int, data: st.DataObject):
    """Any rows of a batch, drawn alone, have the bits that they have in the whole batch."""
    kept = torch.tensor(data.draw(st.lists(st.integers(0, len(batch) - 1), min_size=1)))
    rows = row_numbers(torch.tensor(batch), view)
    whole, part = (CounterRandom(step_key(seed, step), numbers) for numbers in (rows, rows[kept]))
    assert torch.equal(whole.uniform(3)[kept], part.uniform(3))
    assert torch.equal(whole.normal(2, 2)[kept], part.normal(2, 2))


@given(BATCHES, st.permutations(range(12)))
def test_order_moves_occurrences_alone(batch: list[int], order: list[int]) -> None:
    """A batch in another order has the same rows: item and occurrence say which, and no two are the same."""
    moved = [batch[place] for place in order if place < len(batch)]
    rows, others = (row_numbers(torch.tensor(ids)).tolist() for ids in (batch, moved))
    assert sorted(rows) == sorted(others)
    assert len(set(rows)) == len(batch)
    counts = [batch[:place].count(item) for place, item in enumerate(batch)]
    assert rows == [2 * (2**16 * item + count) for item, count in zip(batch, counts, strict=True)]


@given(SEEDS, STEPS)
def test_what_differs_in_anything_has_other_numbers(seed: int, step: int) -> None:
    """Seed, step, item, occurrence and view: one step on in any of them gives rows without a number in common."""
    base = numbers([5, 6, 5], seed, step).uniform(6)
    others = [numbers([5, 6, 5], seed, step, 1), numbers([5, 6, 5], seed, step + 1), numbers([5, 6, 5], seed + 1, step)]
    found = torch.cat([base, *(random.uniform(6) for random in others), numbers([7], seed, step).uniform(6)])
    rows = [set(row) for row in found.tolist()]
    assert all(len(rows[i] & rows[j]) <= 1 for i in range(len(rows)) for j in range(i))


def correlation(x: Tensor) -> float:
    """The largest correlation of two columns."""
    return float(torch.corrcoef(x.T).fill_diagonal_(0).abs().max())


def test_moments():
    """20,000 rows: mean, variance, tails, and no correlation between columns, views, steps or neighbours."""
    n, ids = 20_000, list(range(20_000))
    u, z = numbers(ids).uniform(6), numbers(ids, step=1).normal(6)
    assert ((u >= 0) & (u < 1)).all()
    error = 4.5 / math.sqrt(n)  # standard errors of a mean
    assert (u.mean(0) - 0.5).abs().max() < error * math.sqrt(1 / 12)
    assert (u.var(0) - 1 / 12).abs().max() < error * math.sqrt(1 / 180)
    assert (z.mean(0)).abs().max() < error
    assert (z.var(0) - 1).abs().max() < error * math.sqrt(2)
    assert (z.pow(4).mean(0) - 3).abs().max() < error * math.sqrt(96)
    bins = torch.histc(u, 64, 0, 1)
    assert ((bins - bins.mean()) ** 2 / bins.mean()).sum() < 63 + 4.5 * math.sqrt(2 * 63)
    beside = [
        numbers(ids, view=1).uniform(2),
        numbers(ids, step=1).uniform(2),
        numbers(ids, seed=1).uniform(2),
        u.roll(1, 0),
    ]
    assert correlation(torch.cat([u, z, *beside], 1)) < error * 1.2


@pytest.mark.parametrize("kind", CHANGED)
@pytest.mark.parametrize("device", DEVICES)
def test_views_are_equal_on_every_device(kind: str, device: str) -> None:
    """Values to 1e-5; noise, masks, boxes and mirrors too, which are decided by equal bits."""
    more = {"noise": 0.1, "flip": 0.5} if kind == "picture" else {}
    x = items(kind)
    found = [
        augment(x.to(place), kind, generator=numbers(list(range(12)), device=place), **more).cpu()
        for place in ("cpu", device)
    ]
    assert torch.allclose(*found, atol=1e-5)


@pytest.mark.parametrize("kind", CHANGED)
def test_two_views_in_one_pass_are_two_passes(kind: str) -> None:
    """Views of 2n rows are those of n rows, twice; part of the rows gives part of the views."""
    x, ids = items(kind), torch.arange(12)
    rows = torch.cat([row_numbers(ids), row_numbers(ids, 1)])
    both = augment(torch.cat([x, x]), kind, generator=CounterRandom(step_key(1, 2), rows))
    for view, found in enumerate(both.chunk(2)):
        alone = augment(x, kind, generator=CounterRandom(step_key(1, 2), row_numbers(ids, view)))
        part = augment(x, kind, rows=slice(3, 7), generator=CounterRandom(step_key(1, 2), row_numbers(ids, view)[3:7]))
        assert torch.allclose(found, alone, atol=1e-6)
        assert torch.allclose(found[3:7], part, atol=1e-6)
    assert ((both[:12] - both[12:]).flatten(1).abs().amax(1) > 0).all()


@pytest.mark.parametrize("kind", CHANGED)
def test_parts_of_a_large_batch_are_the_whole(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a CPU makes in parts, of one row even, is what it makes at once, and the same each time."""
    x, random = items(kind), numbers(list(range(12)))
    whole = augment(x, kind, generator=random)
    assert torch.equal(augment(x, kind, generator=random), whole)
    for rows in (0, 1, 5):
        monkeypatch.setattr(views, "CPU_NUMBERS", rows * x[0].numel())
        assert torch.allclose(augment(x, kind, generator=random), whole, atol=1e-6)
        assert augment(x[:0], kind, generator=numbers([])).shape == whole[:0].shape


def test_moved_pictures_are_those_of_a_matrix():
    """Shift, zoom, turn and mirror image, as complex numbers: what the matrices of affine_grid give."""
    x = torch.rand(9, 2, 12, 20, generator=torch.Generator().manual_seed(0)).mul(255).to(torch.uint8)
    strengths = {"shift": 0.3, "scale": 0.5, "rotate": 170.0, "flip": 0.5, "contrast": 0.0, "erase": 0.0}
    found = augment(x, "picture", generator=numbers(list(range(9))), **strengths)
    u = numbers(list(range(9))).uniform(12)
    signed_u = 2 * u - 1
    zoom, angle = 1.5 ** signed_u[:, 0], signed_u[:, 1] * math.radians(170)
    mirror = torch.where(u[:, 2] < 0.5, -1.0, 1.0)
    cos, sin = zoom * angle.cos(), zoom * angle.sin()
    rows = [cos * mirror, -sin, 0.6 * signed_u[:, 3], sin * mirror, cos, 0.6 * signed_u[:, 4]]
    grid = torch.nn.functional.affine_grid(torch.stack(rows, 1).view(9, 2, 3), [9, 2, 12, 20], align_corners=False)
    wanted = torch.nn.functional.grid_sample(1 - x.float() / 255, grid, align_corners=False)
    assert torch.allclose(found, wanted, atol=1e-5)


def test_random_numbers_of_other_rows_are_refused():
    """As many rows of numbers as items."""
    with pytest.raises(InputError, match=r"views of 12 items need as many rows of random numbers, not 3$"):
        augment(items("features"), "features", generator=numbers([1, 2, 3]))


@pytest.mark.parametrize("kind", CHANGED)
def test_the_device_is_asked_nothing(kind: str) -> None:
    """Views on a device are made without a value that the host waits for, and without a copy to it."""
    rows = row_numbers(torch.arange(12))
    with pretended_device() as device:
        x, rows, key = items(kind).to(device), rows.to(device), step_key(0, 0).to(device)
        with host_reads(device) as reads:
            augment(x, kind, generator=CounterRandom(key, rows), **({"noise": 0.1} if kind == "picture" else {}))
    assert reads == []
