"""The examples for other programs run as they stand, learn, and give the numbers of the losses that they use."""

import runpy
from pathlib import Path
from typing import Any

import pytest
import torch
from pytorch_metric_learning.reducers import MeanReducer
from sentence_transformers import SentenceTransformer

from mlcl_core.losses import build_loss
from tests.tiny_models import text_model

FOLDER = Path(__file__).parents[1] / "docs" / "examples"


def example(name: str) -> dict[str, Any]:
    """What the file defines."""
    return runpy.run_path(str(FOLDER / name))


def test_every_example_is_run_here() -> None:
    """No file of the folder is left out below."""
    tested = {"plain_loop.py", "metric_learning_reducers.py", "sentence_transformers_trainer.py"}
    assert {path.name for path in FOLDER.glob("*.py")} == tested


@pytest.mark.parametrize("name", ["plain_loop.py", "metric_learning_reducers.py"])
def test_the_loss_falls(name: str) -> None:
    """By a tenth at least, in a second."""
    losses = example(name)["main"]()
    assert losses[-1] < 0.9 * losses[0]


def test_a_reducer_takes_the_values_of_the_anchors() -> None:
    """The mean of the reducer is that of the loss where every anchor has a positive; a miner's anchors count once each;
    keys take the place of the batch.
    """
    made = example("metric_learning_reducers.py")
    y = torch.tensor([[1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 1, 1], [1, 0, 1]]).bool()
    z = torch.randn(5, 8, generator=torch.Generator().manual_seed(0))
    sets, numbers = made["label_set_ids"](y)
    options = {"rule": "jaccard", "temperature": 0.2}
    loss = made["MultiLabelLoss"](sets, reducer=MeanReducer(), **options)
    values = build_loss("weighted_supcon", reduction="none", **options)(z, y)
    torch.testing.assert_close(loss(z, numbers), build_loss("weighted_supcon", **options)(z, y))
    mined = tuple(torch.tensor(indices) for indices in ([3, 1, 3], [0, 1, 2], [4, 4, 4]))
    torch.testing.assert_close(loss(z, numbers, mined), values[[1, 3]].mean())
    keys, of_keys = -z.flip(0), numbers.flip(0)
    wanted = build_loss("weighted_supcon", **options)(z, y, references=(keys, y.flip(0)), candidates="references")
    torch.testing.assert_close(loss(z, numbers, None, keys, of_keys), wanted)
    assert loss(z, numbers, (torch.zeros(0, dtype=torch.long),) * 3) == 0


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:.*pin_memory:UserWarning")
def test_the_trainer_of_sentence_transformers_takes_the_loss(tmp_path: Path) -> None:
    """Its first loss is that of the embeddings and label sets of the texts; the weights move, and it falls."""
    made, folder = example("sentence_transformers_trainer.py"), text_model(tmp_path, dropout=0.0)
    z = SentenceTransformer(str(folder), device="cpu").encode(list(made["TEXTS"]), convert_to_tensor=True)
    y = torch.tensor([[name in has for name in made["LABELS"]] for has in made["TEXTS"].values()])
    log = made["main"](folder, steps=3)
    losses = [line["loss"] for line in log if "loss" in line]
    assert len(losses) == 3
    expected = build_loss("weighted_supcon", rule="jaccard", temperature=0.1)(z, y).item()
    assert losses[0] == pytest.approx(expected, abs=1e-4)
    assert losses[-1] < losses[0]
