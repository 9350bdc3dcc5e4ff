"""Label Studio's JSON and JSON_MIN: answers of annotators, skipped tasks, predictions, several fields."""

import pytest

from mlcl_core.data.tables.question import QuestionError
from mlcl_core.errors import InputError
from tests.data.readers.json_rows.reading import TEXT, labels_of, read, saved

SETS = [["Fog", "Sea"], ["Sun"], ["Fog"], [], ["Sea"], ["Sun"]]


def part(labels, field="topic", kind="choices"):
    """A part of an answer."""
    return {"value": {kind: labels}, "id": "x", "from_name": field, "to_name": "text", "type": kind, "origin": "manual"}


def answer(*parts, by=1, **more):
    """An answer of an annotator."""
    return {"id": 100, "completed_by": by, "result": list(parts), "was_cancelled": False, "lead_time": 3.2} | more


def task(number, *answers, **more):
    """A task."""
    return {
        "id": number,
        "data": {"text": f"{TEXT} {number}"},
        "annotations": list(answers),
        "predictions": [],
        "meta": {},
        "project": 1,
    } | more


def tasks():
    """A task for each of ``SETS``; an answer without a choice has no part."""
    return [task(k, answer(*([part(labels)] if labels else []))) for k, labels in enumerate(SETS)]


def test_reads_an_export(tmp_path):
    """Texts, ids and the choices of each task; an answer without a choice is an item without labels."""
    loaded = read(saved(tmp_path, tasks()))
    assert labels_of(loaded) == SETS
    assert list(loaded.x) == [f"{TEXT} {k}" for k in range(6)]
    assert loaded.item_names == tuple("012345")
    assert not loaded.left_out


def test_tasks_without_an_answer_are_left_out(tmp_path):
    """A task that was skipped, or never annotated, is no item without labels; predictions are not read, as is said."""
    guess = [{"result": [part(["Sun"])]}]
    rows = [*tasks(), task(6), task(7, answer(part(["Fog"]), was_cancelled=True)), task(8, predictions=guess)]
    rows[0]["annotations"].insert(0, answer(part(["Sun"]), was_cancelled=True))
    loaded = read(saved(tmp_path, rows))
    assert labels_of(loaded) == SETS
    assert [row for row, _ in loaded.left_out] == [6, 7, 8]
    assert all("never looked at" in reason for _, reason in loaded.left_out)
    assert {"2 annotations that the annotators skipped: not read"} <= set(loaded.said)
    assert any("predictions of 1 task are not read" in text for text in loaded.said)


def test_several_annotators_are_asked_about(tmp_path):
    """Half of the annotators, all, or any: each answer gives its labels, and a task is one item."""
    rows = tasks()
    rows[0]["annotations"] = [answer(part(labels), by=k) for k, labels in enumerate([["Sea"], ["Sea", "Fog"], ["Sun"]])]
    path = saved(tmp_path, rows)
    with pytest.raises(QuestionError, match=r"1 of 6 items have several annotations.*rows=annotator.*rows=item_label"):
        read(path)
    assert labels_of(read(path, rows="annotator", threshold="0.5")) == [["Sea"], *SETS[1:]]
    assert labels_of(read(path, rows="annotator", threshold="1")) == [[], *SETS[1:]]
    assert labels_of(read(path, rows="item_label")) == [["Fog", "Sea", "Sun"], *SETS[1:]]
    assert len(read(path, rows="item_label").x) == 6


def test_several_fields_are_asked_about(tmp_path):
    """The option labels names one, or several together."""
    rows = [task(k, answer(part(labels), part(["calm"], "mood"))) for k, labels in enumerate(SETS)]
    path = saved(tmp_path, rows)
    with pytest.raises(QuestionError, match=r"which field holds the labels, 'topic', 'mood'.*labels=topic: 3 labels"):
        read(path)
    assert labels_of(read(path, labels="topic")) == SETS
    assert labels_of(read(path, labels="mood")) == [["calm"]] * 6
    assert labels_of(read(path, labels="topic,mood")) == [sorted([*labels, "calm"]) for labels in SETS]


def test_regions_and_taxonomies(tmp_path):
    """The labels of regions are the item's, each once; the levels of a taxonomy are joined by a slash."""
    rows = [
        task(
            k,
            answer(
                *[part([label], "box", "rectanglelabels") for label in [*labels, *labels]],
                part(["words"], "note", "textarea"),
                {"type": "rating", "from_name": "stars", "value": {"rating": 3}},
            ),
        )
        for k, labels in enumerate(SETS)
    ]
    assert labels_of(read(saved(tmp_path, rows))) == SETS
    rows = [task(k, answer(part([["sky", label] for label in one], "t", "taxonomy"))) for k, one in enumerate(SETS)]
    assert labels_of(read(saved(tmp_path, rows))) == [[f"sky/{label}" for label in labels] for labels in SETS]


def test_pictures_that_label_studio_keeps(tmp_path):
    """Files that were uploaded or served by Label Studio are found beside the export by their names."""
    from PIL import Image

    (tmp_path / "deep").mkdir()
    rows = []
    for k, labels in enumerate(SETS):
        name = f"deep/p {k}.png" if k % 2 else f"ab12-{k}.png"
        Image.new("RGB", (8, 8), (k, 0, 0)).save(tmp_path / name)
        url = f"/data/local-files/?d=deep%2Fp%20{k}.png" if k % 2 else f"/data/upload/1/ab12-{k}.png"
        rows.append(task(k, answer(part(labels)), data={"image": url}))
    loaded = read(saved(tmp_path, rows))
    assert [loaded.x[k].size for k in range(6)] == [(8, 8)] * 6
    assert any("6 files that Label Studio keeps" in text for text in loaded.said)


def test_names_in_the_way(tmp_path):
    """Data whose keys are those of the answers, or of a field, keep their columns."""
    rows = [
        task(k, answer(part(labels)), data={"text": f"{TEXT} {k}", "topic": "t", "task_id": k, "completed_by": "me"})
        for k, labels in enumerate(SETS)
    ]
    loaded = read(saved(tmp_path, rows))
    assert labels_of(loaded) == SETS
    assert {"topic", "topic (labels)", "data.task_id"} <= {column["name"] for column in loaded.schema["columns"]}


def flat(number, topic, **more):
    """A row of JSON_MIN."""
    return {
        "text": f"{TEXT} {number}",
        "id": number,
        "topic": topic,
        "annotator": 1,
        "annotation_id": 100 + number,
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
        "lead_time": 3.2,
    } | more


def written(labels):
    """Choices as JSON_MIN writes them: one alone, several in an object, none at all."""
    return {"choices": labels} if len(labels) > 1 else labels[0] if labels else None


def test_json_min(tmp_path):
    """One choice alone, several in an object; a row without annotation is left out."""
    rows = [flat(k, written(labels)) for k, labels in enumerate(SETS)] + [flat(6, None, annotation_id="")]
    for row in rows:
        if row["topic"] is None:
            del row["topic"]
    loaded = read(saved(tmp_path, rows))
    assert labels_of(loaded) == SETS
    assert [row for row, _ in loaded.left_out] == [6]
    rows.append(flat(0, "Sun", annotation_id=200, annotator=2))
    with pytest.raises(QuestionError, match="1 of 7 items have several annotations"):
        read(saved(tmp_path, rows))


def test_json_min_of_regions(tmp_path):
    """Spans and boxes give the labels of their item."""
    rows = [
        flat(k, [{"start": 0, "end": 1, "text": "x", "labels": [label]} for label in labels])
        for k, labels in enumerate(SETS)
    ]
    assert labels_of(read(saved(tmp_path, rows))) == SETS


BROKEN = {
    "no result": ([*tasks(), task(6, {"id": 3, "result": 5})], r"task 6, annotation 0 is .*must be an object with"),
    "a number of annotations": ([*tasks(), task(6, 5)], r"task 6, annotation 0 is '5'"),
    "no data": ([*tasks(), {"id": 6}], "task 6 has no 'data' with 'annotations'"),
    "numbers as labels": ([*tasks(), task(6, answer(part([5])))], "task 6, annotation 0: labels are"),
    "no field": ([*tasks(), task(6, answer({"type": "choices", "value": {"choices": ["a"]}}))], "'from_name'"),
    "no labels": ([task(k, answer()) for k in range(3)], "no labels in any annotation"),
    "predictions alone": ([task(k, predictions=[{"result": [part(["a"])]}]) for k in range(3)], "no labels in any"),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_other_forms_are_refused(tmp_path, broken):
    """The task and the annotation are named."""
    rows, message = broken
    with pytest.raises(InputError, match=message):
        read(saved(tmp_path, rows))
