"""Small batches of the questions: label sets drawn from the labels of the Relations page, and chosen cosines."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dashboard.figures.batch_sources import SCENE_LABELS
from dashboard.figures.formatting import escaped, label_set
from dashboard.figures.hand_batch import HandBatch, made_up_batch
from dashboard.figures.methods import Method
from dashboard.figures.relations import verdict
from mlcl_core.losses import PairTerms

ALL, ANY, SD = "all_equal", "any_shared", "similarity_dissimilarity"
Labels = tuple[str, ...]


def shuffled_labels(rng: np.random.Generator) -> list[str]:
    """The labels in a random order, from which a question takes its sets."""
    return [SCENE_LABELS[place] for place in rng.permutation(len(SCENE_LABELS))]


def batch_of(*sets: Labels, seed: int = 0) -> HandBatch:
    """Items with these label sets, the first of them the anchor, with the embeddings that the seed makes up."""
    labels = np.array([[name in one for name in SCENE_LABELS] for one in sets])
    return made_up_batch(labels, SCENE_LABELS, key="quiz", origin="", readiness="learning", seed=seed)


def at_cosines(batch: HandBatch, cosines: Sequence[float]) -> HandBatch:
    """The batch with embeddings at these cosines to the anchor, and otherwise at right angles to each other."""
    near = np.array([1.0, *cosines])
    z = np.zeros((len(near), len(near)))
    z[:, 0] = near
    z[1:, 1:] = np.diag(np.sqrt(1 - near[1:] ** 2))
    return replace(batch, z=z.astype(np.float32))


def terms(batch: HandBatch, method: Method) -> PairTerms:
    """Every pair under a method, from the functions that train."""
    found = verdict(batch, method).terms
    assert found is not None
    return found


def in_words(labels: Labels) -> str:
    """A label set as it is shown."""
    return escaped(label_set(sorted(labels, key=SCENE_LABELS.index)))
