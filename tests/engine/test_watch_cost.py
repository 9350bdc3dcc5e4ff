"""What the frames of a run take on disk, said before it starts."""

from hypothesis import given
from hypothesis import strategies as st

from mlcl_core.engine.schedule import frame_due
from mlcl_core.engine.watch_cost import frame_bytes, frame_words, frames_in, watch_notice
from tests.engine.toy import ITEMS, toy_config, toy_data


@given(total=st.integers(1, 300), every=st.integers(1, 320))
def test_frames_are_counted_as_they_fall_due(total: int, every: int) -> None:
    """The number of frames is that of the steps for which a frame is due."""
    assert frames_in(total, every) == sum(frame_due(step, total, every) for step in range(total + 1))


def test_a_frame_is_what_is_written(tmp_path) -> None:
    """Bytes of a frame: those of its file but for the header."""
    from mlcl_core.runs.write import write_frame
    from tests.engine.toy import toy_trainer

    write_frame(tmp_path, toy_trainer().frame_taken())
    file = tmp_path / "00000000.safetensors"
    assert 0 <= file.stat().st_size - frame_bytes(toy_config(), ITEMS) < 1_000


def test_large_frames_are_said() -> None:
    """Small frames that all stay: nothing is said; a budget that thins them out: how many stay, of how many."""
    data = toy_data()
    assert watch_notice(toy_config(), data) is None
    wide = toy_config(model__projection_dim=1024, model__feature_dim=4096, watch__items=96, watch__disk_mb=1)
    assert watch_notice(wide, data) == (
        "A frame of 96 watched items takes 1 MB of disk: watch.disk_mb=1 keeps 1 of the 7 frames, "
        "older ones are thinned out."
    )
    assert frame_words(toy_config()) is None
    assert frame_words(toy_config(model__projection_dim=32, model__feature_dim=128, watch__items=100_000)) == (
        "A frame of 100,000 watched items takes 31 MB of disk (less where the data are fewer); "
        "watch.disk_mb=1,000 keeps 31 of them, older ones are thinned out."
    )
