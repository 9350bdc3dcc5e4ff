"""What a study says as a document: the answer first, then numbers, then all that is needed to repeat it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dashboard import loaders
from dashboard.export.origin import versions
from dashboard.export.study.document import Block, Cell, Document, Facts, Picture, Section, Sentences, Table, Verbatim
from dashboard.export.study.facts import facts_of, file_digest, shared_file
from dashboard.figures.print_study import bands_sheet, curves_sheet, forest_sheet, ranks_sheet
from dashboard.figures.study_bands import band_words, bands_of
from dashboard.figures.study_scores import ABOUT, LEGEND, Score, forest_rows, signed
from dashboard.figures.study_style import interval_words
from dashboard.figures.study_words import axis_title, metric_title
from dashboard.loaders.study_grid import Setting, StudyAxes, setting_words
from mlcl_core.metrics import FINAL_METRICS
from mlcl_core.studies.folder import StudyFolder

METHOD, MODELS = ABOUT
WITHOUT_ITEMS = (
    "There is no probe on the items as given: pictures have none, nor have texts that are encoded in training."
)
MADE = "Made by MLCL Lab. `mlcl study FILE.json` with the file below repeats it."


def study_document(folder: StudyFolder, metrics: Sequence[str]) -> Document:
    """The document.

    Args:
        folder: The study, of which some cells have a result.
        metrics: Columns of the tables; the figures are of the first.

    Raises:
        InputError: A file of the study is damaged.
    """
    axes, origin = loaders.study_axes(folder), _origin(folder)
    sections = [*_answers(folder, axes)]
    for data in axes.data:
        sections += _of_data(folder, axes, data, metrics, origin)
    if len(axes.data) > 1:
        sections += _ranks(folder, axes, metrics, origin)
    sections += [*_failed(folder)]
    sections.append(
        Section(
            "How it was made", (Facts(tuple(facts_of(folder))), Sentences((MADE,)), Verbatim(shared_file(folder.file)))
        )
    )
    return Document(folder.file.title or folder.name, tuple(sections))


def _title(metric: str) -> str:
    record = FINAL_METRICS[metric]
    return metric_title(record.title, record.direction)


def _origin(folder: StudyFolder) -> dict[str, Any]:
    return {"study": folder.name, "file": file_digest(folder.file), "versions": versions()}


def _answers(folder: StudyFolder, axes: StudyAxes) -> Iterator[Section]:
    status = loaders.study_status(folder)
    blocks: list[Block] = []
    if status.done < status.total:
        blocks.append(Sentences((f"Of {status.total:,} cells {status.done:,} are done; this is what these say.",)))
    yield Section("Answer", tuple(blocks))
    for setting in axes.settings:
        for data in axes.data:
            place = f"{data}, {setting_words(setting)}" if setting else data
            found = loaders.study_answer(folder, data, setting, "whole") or ()
            yield Section(
                place, (Sentences(tuple(line for one in found for line in (one.text, *one.details))),), depth=2
            )


def _of_data(
    folder: StudyFolder, axes: StudyAxes, data: str, metrics: Sequence[str], origin: Mapping[str, Any]
) -> Iterator[Section]:
    yield Section(data, ())
    for setting in axes.settings:
        blocks = [
            *_score_blocks(folder, data, metrics, setting, origin),
            *_band_blocks(folder, data, metrics[0], setting, origin),
        ]
        if blocks:
            yield Section(setting_words(setting).capitalize() or "Scores", tuple(blocks), depth=2)
    for axis in axes.numeric:
        yield from _curve_sections(folder, axes, axis, data, metrics[0], origin)


def _score_blocks(
    folder: StudyFolder, data: str, metrics: Sequence[str], setting: Setting, origin: Mapping[str, Any]
) -> Iterator[Block]:
    scores = loaders.study_scores(folder, data, tuple(metrics), setting, "whole")
    if not scores:
        return
    titles = [_title(name) for name in metrics]
    note = loaders.study_note(folder, data, metrics[0], METHOD, setting, "whole")

    def table(words: Any) -> tuple[tuple[Cell, ...], ...]:
        return tuple((Cell(method), *(words(of.get(name)) for name in metrics)) for method, of in scores.items())

    yield Table(("method", *titles), table(_score_cell), f"{data}: means with intervals", (note, LEGEND))
    yield Table(("method", *titles), table(_gain_cell("over_untrained")), f"{data}: gain over the untrained encoder")
    if any(score.over_items is not None for of in scores.values() for score in of.values()):
        yield Table(("method", *titles), table(_gain_cell("over_items")), f"{data}: gain over the items as given")
    else:
        yield Sentences((WITHOUT_ITEMS,))
    rows, marked = forest_rows(scores, metrics[0], METHOD)
    title = f"{titles[0]} on {data}"
    yield Picture(forest_sheet(rows, title, (note,), marked, origin), f"{title}: {len(rows)} methods with intervals.")


def _score_cell(score: Score | None) -> Cell:
    return Cell("–") if score is None else Cell(score.words(METHOD), score.stands)


def _gain_cell(name: str) -> Any:
    def cell(score: Score | None) -> Cell:
        return Cell(signed(None if score is None else getattr(score, name)))

    return cell


def _curve_sections(
    folder: StudyFolder, axes: StudyAxes, axis: str, data: str, metric: str, origin: Mapping[str, Any]
) -> Iterator[Section]:
    usual = tuple((name, value) for name, value in axes.usual.items() if name != axis)
    curves = loaders.study_curves(folder, data, metric, axis, METHOD, usual, "whole")
    if not curves:
        return
    title, at = _title(metric), f" at {setting_words(usual)}" if usual else ""
    setting, values = axis_title(axis), sorted({point.x for curve in curves for point in curve.points})
    rows = []
    for curve in curves:
        points = {point.x: point for point in curve.points}
        words = [
            f"{points[x].value:.3f} {interval_words(points[x].low, points[x].high)}".rstrip() if x in points else "–"
            for x in values
        ]
        rows.append((Cell(curve.name), *map(Cell, words)))
    note = loaders.study_note(folder, data, metric, METHOD, usual, "whole")
    heading = f"{title} against {setting} on {data}{at}"
    yield Section(
        heading,
        (
            Picture(
                curves_sheet(curves, setting, title, heading, (note,), origin), f"{heading}: {len(curves)} methods."
            ),
            Table(("method", *(f"{value:g}" for value in values)), tuple(rows), heading, (note,)),
        ),
        depth=2,
    )


def _band_blocks(
    folder: StudyFolder, data: str, metric: str, setting: Setting, origin: Mapping[str, Any]
) -> Iterator[Block]:
    found = loaders.study_bands(folder, data, metric, setting, None, "whole")
    if not found.points:
        return
    title = _title(metric)
    bands, labels = bands_of(found.points), {point.band: point.labels for point in found.points}
    by_method: dict[str, dict[str, str]] = {}
    for point in found.points:
        words = f"{signed(point.value)} {interval_words(point.low, point.high, signed=True)}".rstrip()
        by_method.setdefault(point.method, {})[point.band] = words
    rows = tuple((Cell(method), *(Cell(of.get(band, "–")) for band in bands)) for method, of in by_method.items())
    heading = f"{data}: gain in {title} over {found.reference} by label frequency"
    yield Table(("method", *(band_words(band, labels[band]) for band in bands)), rows, heading, (found.words,))
    yield Picture(bands_sheet(found.points, f"gain in {title}", heading, (found.words,), origin), heading)


def _ranks(
    folder: StudyFolder, axes: StudyAxes, metrics: Sequence[str], origin: Mapping[str, Any]
) -> Iterator[Section]:
    usual = tuple(axes.usual.items())
    yield Section("Over data sets", ())
    for metric in metrics:
        found = loaders.study_ranks(folder, metric, usual)
        blocks: list[Block] = [Sentences(found.words)]
        title = _title(metric)
        if found.ranks:
            heading = f"Mean ranks of {title} over data sets"
            rows = tuple((Cell(name), Cell(f"{rank:.2f}")) for name, rank in found.ranks.items())
            blocks.append(Table(("method", "mean rank"), rows, heading))
            sheet = ranks_sheet(found.ranks, found.cliques, found.critical, heading, origin)
            blocks.append(Picture(sheet, heading))
        yield Section(title, tuple(blocks), depth=2)


def _failed(folder: StudyFolder) -> Iterator[Section]:
    rows = loaders.results_table(folder)
    failed = rows[rows["state"] == "failed"]
    if len(failed):
        lines = tuple(f"{cell}: {error}" for cell, error in zip(failed["cell"], failed["error"], strict=True))
        yield Section("Cells that failed", (Sentences(lines),))
