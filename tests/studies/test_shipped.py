"""The studies that ship, and what docs/studies tells of them."""

import json
import re
from pathlib import Path

import pytest

from mlcl_core.engine.build import training_loss
from mlcl_core.studies.axes import axes_of
from mlcl_core.studies.cells import cells_of
from mlcl_core.studies.file import STUDIES, read_study, study_from_json

DOCS = Path(__file__).parents[2] / "docs" / "studies"
FILES = [*STUDIES, *sorted(str(path) for path in DOCS.glob("*.json"))]
SHIPPED_DATA = {"icons", "digits", "movies"}


@pytest.mark.parametrize("name", FILES, ids=lambda name: Path(name).stem)
def test_each_can_be_begun(name: str) -> None:
    """Each cell has a loss that can be built, on one thread; data that do not ship are told where to be had."""
    file = read_study(name)
    assert file.name == Path(name).stem
    assert {
        json.dumps(cell.config.loss.model_dump()) for cell in cells_of(file) if not training_loss(cell.config.loss)
    } == set()
    assert {cell.config.training.threads for cell in cells_of(file)} == {1}
    for data in file.grid["data"]:
        assert data["name"] in SHIPPED_DATA or (len(data["sha256"]) == 64 and data["where"])


def test_each_has_a_short_one() -> None:
    """On icons, digits and movies, without anything to fetch and to tune, with the methods of the long one or some."""
    long = [name for name in STUDIES if not name.endswith("-shipped")]
    assert sorted(f"{name}-shipped" for name in long) == [name for name in STUDIES if name not in long]
    for name in long:
        short, methods = read_study(f"{name}-shipped"), axes_of(read_study(name))["method"]
        assert {data["name"] for data in short.grid["data"]} == SHIPPED_DATA
        assert not any("path" in data for data in short.grid["data"])
        assert {value.name for value in axes_of(short)["method"]} <= {value.name for value in methods}
        assert short.tune is None


@pytest.mark.parametrize(
    "page", sorted(path for path in DOCS.glob("*.md") if path.stem != "README"), ids=lambda page: page.stem
)
def test_what_is_told_is_of_the_file_that_is_there(page: Path) -> None:
    """The file printed at the end of a page is the one that ships or stands beside it, but for where its data lay."""
    text = re.findall(r"^```+\w*\n(\{.*?)\n```+$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)[-1]
    there = page.stem if page.stem in STUDIES else DOCS / f"{page.stem}.json"
    printed, file = (json.loads(study.to_json()) for study in (study_from_json(text), read_study(there)))
    for data in (*printed["grid"]["data"], *file["grid"]["data"]):
        data["path"] = Path(data.get("path", "")).name
    assert printed == file
