"""The anchor with eight icons of the recorded run, as one batch: their cosines, and the forces at two temperatures."""

from dataclasses import replace
from functools import partial

from dashboard import state
from dashboard.components.matrices import matrices
from dashboard.figures.matrix_part import part_payload
from dashboard.figures.methods import Method
from dashboard.figures.relations import verdict
from dashboard.lessons import Picture, Recorded
from dashboard.lessons.few import few, few_rows
from dashboard.lessons.pull_and_push import HIGH, LOW
from dashboard.parts.learn.stages.stage import Stage
from dashboard.parts.relations.watched_batch import data_uri
from mlcl_core.runs.run import Run

SEEN = ("relation", "cosine")
TITLES = {
    "relation": "Compared with the anchor",
    "cosine": "cosine",
    "forceA": f"force at temperature {LOW}",
    "forceB": f"force at temperature {HIGH}",
}


def _draw(recorded: Recorded, _: Run, picture: Picture, *, only: tuple[str, ...]) -> None:
    batch, pictures = few(recorded), recorded.watched_items.pictures
    if pictures:
        batch = replace(batch, pictures=tuple(data_uri(pictures[row]) for row in few_rows(recorded)))
    low, high = (verdict(batch, Method(picture.rule, temperature=temperature)) for temperature in (LOW, HIGH))
    payload = part_payload(
        batch, low, high, edit=0, only=only, pair=picture.pair or (0, 1), anchor=0, titles=TITLES, as_text=True
    )
    # labels of icons are not edited
    matrices(payload, key=f"{state.RELATIONS_COMPONENT}.few", on_edit=lambda: None)


FEW = Stage("a few icons", partial(_draw, only=SEEN), of_a_run=False)
PUSHES = Stage("forces on a few icons", partial(_draw, only=(*SEEN, "forceA", "forceB")), of_a_run=False)
