"""Items and labels on the device: the same rows wherever they lie, views of a process's own items, nothing asked."""

from dataclasses import replace

import pytest
import torch
from scipy.sparse import csr_array

from mlcl_core.data import MultiLabelData, augment
from mlcl_core.data.sparse_features import SparseFeatures
from mlcl_core.engine.config import TrainConfig
from mlcl_core.engine.items import Items
from tests.cases import DEVICES
from tests.engine.toy import toy_config, toy_data
from tests.host_reads import host_reads, pretended_device

CPU = torch.device("cpu")
BATCH = torch.tensor([40, 3, 77, 3, 12, 91, 0])
DRAWS = ["counter", "sequential"]


def config_of(draw: str) -> TrainConfig:
    """A configuration with one draw of views."""
    return toy_config(training__view_draw=draw, seed=5)


def sparse_data() -> MultiLabelData:
    """The toy's items, held sparse: the numbers above 1 stand out of zeros."""
    data = toy_data()
    values = csr_array((data.tensor * (data.tensor > 1)).numpy())
    return replace(data, items=SparseFeatures(values, torch.zeros(values.shape[1])))


def seen(
    items: Items, config: TrainConfig, rows: slice = slice(None), step: int = 7
) -> tuple[torch.Tensor, torch.Tensor]:
    """Views and labels of a batch."""
    batch = items.batch(BATCH, step, rows, config)
    return items.views(batch, config), items.labels(batch)


@pytest.mark.parametrize("draw", DRAWS)
@pytest.mark.parametrize("data", [toy_data(), sparse_data()], ids=["dense", "sparse"])
def test_the_same_rows_wherever_they_lie(data: MultiLabelData, draw: str) -> None:
    """All on the device, the labels alone, or nothing."""
    config = config_of(draw)
    views, labels = seen(Items(data, CPU), config)
    assert torch.equal(labels, data.labels[BATCH])
    bytes_of_labels = data.labels.shape[0] * data.labels.shape[1]
    for room in (0, bytes_of_labels, 10**6):
        found = seen(Items(data, CPU, room), config)
        assert torch.equal(found[0], views)
        assert torch.equal(found[1], labels)


@pytest.mark.parametrize("draw", DRAWS)
@pytest.mark.parametrize("rows", [slice(0, 3), slice(3, 7), slice(2, 2)])
def test_a_process_makes_its_own_views(rows: slice, draw: str) -> None:
    """Views of some rows of a batch are those rows of all views; labels are those of the whole batch."""
    items, config = Items(toy_data(), CPU, 0), config_of(draw)
    whole, labels = seen(items, config)
    found, all_labels = seen(items, config, rows)
    wanted = torch.cat([view[rows] for view in whole.chunk(2)])
    assert torch.allclose(found, wanted, atol=1e-6)
    assert torch.equal(all_labels, labels)


def test_views_drawn_in_sequence_are_those_of_version_3() -> None:
    """One generator for the two views, seeded by seed and step."""
    data, config = toy_data(), config_of("sequential")
    generator = torch.Generator().manual_seed(5 * 1_000_003 + 7)
    wanted = torch.cat([augment(data.some(BATCH), "features", generator=generator) for _ in range(2)])
    assert torch.equal(seen(Items(data, CPU), config)[0], wanted)


def test_views_by_counter_depend_on_seed_step_item_and_occurrence() -> None:
    """An item that stands twice in a batch has other views the second time; so has another step, and another seed."""
    items, config = Items(toy_data(), CPU), config_of("counter")
    views = seen(items, config)[0].view(2, len(BATCH), -1)
    assert not torch.equal(views[:, 1], views[:, 3])
    assert not torch.equal(views[0], views[1])
    turned = items.batch(BATCH.flip(0), 7, slice(None), config)
    assert torch.allclose(
        items.views(turned, config).view(2, len(BATCH), -1).flip(1)[:, [0, 2, 4, 5, 6]], views[:, [0, 2, 4, 5, 6]]
    )
    assert not torch.equal(seen(items, config, step=8)[0], views.flatten(0, 1))
    assert not torch.equal(seen(items, config.with_settings({"seed": 6}))[0], views.flatten(0, 1))


@pytest.mark.parametrize("device", DEVICES)
def test_items_fit_by_their_own_measure(device: str) -> None:
    """Without a room given, a device takes small data as a whole, and gives the views of the CPU."""
    config = config_of("counter")
    views, labels = seen(Items(toy_data(), torch.device(device)), config)
    wanted = seen(Items(toy_data(), CPU), config)
    assert torch.allclose(views.cpu(), wanted[0], atol=1e-5)
    assert torch.equal(labels.cpu(), wanted[1])


@pytest.mark.parametrize("room", [0, 10**6])
def test_the_device_is_asked_nothing(room: int) -> None:
    """Views and labels of a batch are made without a value that the host waits for, wherever the items lie."""
    data, config = toy_data(), config_of("counter")
    with pretended_device() as device:
        items = Items(data, device, room)
        with host_reads(device) as reads:
            views, labels = seen(items, config)
    assert reads == []
    assert (views.device, labels.device) == (device, device)


def test_tokens_stay_on_the_host() -> None:
    """The encoder sorts them there: whatever the room, a text step copies labels alone."""
    data = toy_data()
    tokens = torch.randint(0, 50, (len(data), 9), generator=torch.Generator().manual_seed(0), dtype=torch.int32)
    data = replace(data, kind="tokens", items=tokens)
    with pretended_device() as device:
        items = Items(data, device, 10**6)
        with host_reads(device) as reads:
            views, labels = seen(items, config_of("counter"))
        assert reads == []
        assert labels.device == device
    assert torch.equal(views, tokens[BATCH].repeat(2, 1))
