"""Lesson 7 trains from its card: by the start path of every run, waiting where another trains, found again later."""

import os
import shutil
from contextlib import nullcontext
from dataclasses import asdict, replace
from socket import gethostname
from time import time

import psutil
import pytest

from dashboard.lessons.remedies import REMEDIES
from mlcl_core.demo_runs.make import FOLDER, SAMPLES
from mlcl_core.home_directory import home_directory
from mlcl_core.runs import launch
from mlcl_core.runs.files import write_json
from mlcl_core.runs.run import Run
from mlcl_core.runs.store import Store
from tests.pages.conftest import words

CARD = 2
QUEUE = "learn.remedy.queue"


@pytest.fixture
def created(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """Runs are made and no worker is started; the names that were asked for."""
    names: list[str | None] = []

    def start(store, config, name, _worker):
        names.append(name)
        return store.create(config, name)

    monkeypatch.setattr(launch, "WaitingWorker", nullcontext)
    monkeypatch.setattr(launch, "start", start)
    return names


def card(app) -> None:
    """Open the card of the remedies."""
    app.button(key="learn.begin.long_tail").click().run()
    for _ in range(CARD):
        app.button(key="learn.next").click().run()
    assert not app.exception


def alive(run: Run, **values) -> None:
    """Write the status of a run whose worker is this process."""
    me = {"pid": os.getpid(), "host": gethostname(), "started": psutil.Process().create_time()}
    write_json(run.path / "status.json", asdict(replace(run.status(), heartbeat=time() + 3600, **me, **values)))


def test_a_training_from_the_card(opened, home, created) -> None:
    """Started once, waits visibly behind another run, shows its numbers at the end; all of it after leaving too."""
    app = opened("learn")
    card(app)
    assert "Not trained yet." in words(app)
    assert [one.value for one in app.metric] == ["51%", "–", "–"]
    app.button(key=QUEUE).click().run()
    assert created == ["lesson queue"]
    (run,) = [one for one in Store(home_directory(home)).runs() if one.name == "lesson queue"]
    assert run.config() == REMEDIES["queue"].config()
    assert app.button(key=QUEUE).disabled
    alive(run, state="queued", waiting_for="*mine*")
    app.button(key="learn.leave").click().run()
    card(app)
    assert r"waits for **\*mine\***: one run at a time per device" in words(app)
    app.button(key=f"{QUEUE}.stop").click().run()
    assert [request["action"] for request in run.requests()] == ["stop"]
    # the recorded run's own frames and batches stand in for its results
    sample = FOLDER / SAMPLES["similarity_dissimilarity"][0]
    for folder in ("frames", "batches"):
        shutil.copytree(sample / folder, run.path / folder, dirs_exist_ok=True)
    shutil.copy2(next((sample / "batches").iterdir()), run.path / "batches" / "00000030.safetensors")
    shutil.copy2(sample / "probe.parquet", run.path / "probe.parquet")
    write_json(run.path / "status.json", asdict(replace(run.status(), state="finished", step=1020, total=1020)))
    app.run()
    assert "finished at step 1,020 of 1,020" in words(app)
    assert "67%" in [
        one.value for one in app.metric
    ]  # 24 of the 36 rare labels of that batch, as test_meetings_of_the_recorded_batch counts
    assert app.button(key=QUEUE).label == "Train with a queue again"
    assert not app.button(key=QUEUE).disabled


def test_a_class_watches_the_teachers(opened, home, created, monkeypatch) -> None:
    """A viewer has the reason in place of buttons, and sees how far the teacher's training is."""
    monkeypatch.setenv("MLCL_CLASS", "1")
    monkeypatch.setenv("MLCL_TEACHER", "a-token-of-20-letters")
    store = Store(home_directory(home))
    run = store.create(REMEDIES["prototypes"].config(), "lesson prototypes")
    alive(run, state="running", step=240, total=1020)
    app = opened("learn")
    card(app)
    assert "Read only: the teacher steers this run" in words(app)
    assert not [one for one in app.button if str(one.key).startswith("learn.remedy")]
    assert "step 240 of 1,020" in words(app)
    assert "The teacher has not trained it yet" in words(app)
    assert created == []
