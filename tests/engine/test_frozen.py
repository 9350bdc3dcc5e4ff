"""Features of a frozen encoder: of pictures that threads decode, and on their way from a device to the cache."""

import io
import threading
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from unittest.mock import Mock, patch

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from mlcl_core.data import LabelMatrix, MultiLabelData, Pictures, quiet_pillow
from mlcl_core.engine import frozen, prepare
from mlcl_core.engine.config import PretrainedConfig
from mlcl_core.engine.frozen import embedded
from mlcl_core.errors import InputError
from mlcl_core.models import PictureTransformer, located
from tests.engine.test_prepare import CPU, Kept
from tests.engine.toy import toy_config
from tests.host_reads import on_host, pretended_device
from tests.tiny_models import picture_model

N = 42


def encoded(row: int) -> bytes:
    """A picture of its own for each row, of its own size."""
    pixels = np.random.default_rng(row).integers(0, 256, (20 + row, 30, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def picture_data(read: Callable[[int], bytes] = encoded) -> MultiLabelData:
    """Pictures as files; their labels do not matter."""
    return MultiLabelData(
        name="pictures",
        title="Pictures",
        kind="picture",
        items=torch.zeros(N, 3, 4, 4, dtype=torch.uint8),
        labels=LabelMatrix.of(np.ones((N, 1), bool)),
        label_names=("one",),
        split=np.array(["train", "validation", "test"] * (N // 3)),
        item_names=tuple(f"row {row}" for row in range(N)),
        originals=Pictures([f"{row}.png" for row in range(N)], read, "files.zip"),
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny vision transformer."""
    return picture_model(tmp_path_factory.mktemp("model"))


@pytest.mark.parametrize("decoders", [1, 4])
def test_pictures_keep_their_order(folder: Path, decoders: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many threads decode, each row has the features of its own picture alone."""
    monkeypatch.setattr(frozen, "DECODERS", decoders)
    monkeypatch.setitem(frozen.BLOCK, "picture", 20)
    data, told = picture_data(), []
    made = embedded(data, folder, PretrainedConfig(), CPU, on_progress=lambda *said: told.append(said))
    encoder = PictureTransformer(folder).eval()
    assert data.originals is not None
    with torch.no_grad():
        alone = [encoder.pool(encoder.feature_maps_of(encoder.prepared([data.originals[row]]))) for row in range(N)]
    assert torch.allclose(made, torch.cat(alone), atol=1e-5)
    assert [done for done, *_ in told] == [16, 20, 20, 36, 40, 40, 42, 42]


def test_an_archive_is_read_by_one_thread_at_a_time(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads decode side by side, and read one after the other."""
    monkeypatch.setattr(frozen, "DECODERS", 4)
    monkeypatch.setitem(frozen.BLOCK, "picture", 20)
    inside, most = 0, 0

    def read(row: int) -> bytes:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        threading.Event().wait(0.001)
        inside -= 1
        return encoded(row)

    embedded(picture_data(read), folder, PretrainedConfig(), CPU, cache=Kept())
    assert most == 1


def test_a_damaged_picture_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line with the row, as without threads; blocks before it are kept, and no thread stays."""
    monkeypatch.setitem(frozen.BLOCK, "picture", 20)
    kept, before = Kept(), threading.active_count()
    data = picture_data(lambda row: b"\x89PNG no picture" if row == 33 else encoded(row))
    with pytest.raises(InputError, match=r"files\.zip: picture '33\.png' at row 33"):
        embedded(data, folder, PretrainedConfig(), CPU, cache=kept)
    assert len(kept) == 1
    assert threading.active_count() == before


def test_a_stop_is_heard_between_pictures(folder: Path) -> None:
    """What on_progress raises ends the work; no thread stays, and warnings are what they were."""
    before, filters = threading.active_count(), list(warnings.filters)

    def stop(done: int, of: int, what: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        embedded(picture_data(), folder, PretrainedConfig(), CPU, on_progress=stop)
    assert threading.active_count() == before
    assert list(warnings.filters) == filters


def test_threads_share_the_filters_of_warnings() -> None:
    """They change as the first thread enters, and are as before once the last has left, whichever that is."""
    before = list(warnings.filters)
    first, second = quiet_pillow(), quiet_pillow()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    with pytest.raises(Image.DecompressionBombWarning):
        warnings.warn("large", Image.DecompressionBombWarning, stacklevel=1)
    second.__exit__(None, None, None)
    assert list(warnings.filters) == before


def test_pixels_are_normalised_on_the_device() -> None:
    """EfficientNet's pictures go there as bytes, and are what the CPU makes of them."""
    folder = located("efficientnet-lite0")
    assert folder is not None
    encoder = PictureTransformer(folder)
    fitted = [encoder.fitted(Image.open(io.BytesIO(encoded(row)))) for row in range(2)]
    assert fitted[0].dtype == torch.uint8
    expected = encoder.pixels(fitted)
    with pretended_device() as device:
        encoder.mean, encoder.deviation = encoder.mean.to(device), encoder.deviation.to(device)
        made = encoder.pixels(fitted)
    assert made.device == device
    assert torch.equal(on_host(made), expected)


def test_a_block_leaves_the_device_as_the_next_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is waited for when the next is under way, before one of the cache, and at the end, also after an error."""
    told: list[str] = []

    def copied(tensors: dict[str, Tensor]) -> Mock:
        told.append(f"copies {int(tensors['h'][0, 0])}")
        return Mock(wait=lambda: told.append(f"has {int(tensors['h'][0, 0])}") or tensors)

    monkeypatch.setattr(frozen, "to_host", copied)
    one, two, three, four = (torch.full((2, 3), float(k)) for k in range(1, 5))
    kept = Kept()
    arrivals = frozen._Arrivals(kept, late=True)
    with suppress(KeyboardInterrupt), arrivals:
        arrivals.add("1", one)
        arrivals.add("2", two)
        arrivals.add_kept(three)
        arrivals.add("4", four)
        raise KeyboardInterrupt
    assert told == ["copies 1", "copies 2", "has 1", "has 2", "copies 4", "has 4"]
    assert torch.equal(torch.cat(arrivals.blocks), torch.cat([one, two, three, four]))
    assert list(kept) == ["1", "2", "4"]


def test_a_run_of_an_earlier_version_keeps_its_features(folder: Path) -> None:
    """A run whose views are drawn in sequence finds the features that it began with; new runs do not take them."""
    data, kept = picture_data(), Kept()
    old = embedded(data, folder, PretrainedConfig(), CPU, cache=kept, earlier=True)
    for key in list(kept):
        kept[key] = kept[key] + 1
    again = embedded(data, folder, PretrainedConfig(), CPU, cache=kept, earlier=True)
    assert torch.equal(again, old + 1)
    assert torch.equal(embedded(data, folder, PretrainedConfig(), CPU, cache=kept), old)
    seen: list[bool] = []
    for draw in ("sequential", "counter"):
        settings = toy_config(training__view_draw=draw, pretrained__name=str(folder))
        with patch.object(prepare, "embedded", lambda *_, earlier, **__: seen.append(earlier) or old):
            prepare.prepare(settings, data, CPU)
    assert seen == [True, False]
