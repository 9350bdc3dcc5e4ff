"""Arrows on the map: the strongest pairs, the whole gradient as the loss trains it, and its way on a linear map."""

import numpy as np
import pytest
import torch

from dashboard.figures.anchor import anchor_pairs
from dashboard.figures.arrows import SHOWN, Arrows, axes_of, driven, gradients, strongest, written_gradient
from dashboard.figures.cloud import CloudFrame
from dashboard.figures.colourings.relation import by_relation
from dashboard.figures.wire import unpack
from mlcl_core.losses import LOSSES, PLACEMENTS, PairLoss, build_loss, fitted_to_labels
from mlcl_core.maps import MAPS, draw, pca_map
from tests import reference
from tests.made_runs import made_data

LABELS = made_data().labels.dense()
SD = build_loss("weighted_supcon")


def space(d: int = 6) -> torch.Tensor:
    """Directions of the made items, in double precision."""
    generator = torch.Generator().manual_seed(1)
    return torch.nn.functional.normalize(torch.randn(len(LABELS), d, generator=generator), dim=1).double()


def chained(terms, z: torch.Tensor, others: torch.Tensor, temperature: float) -> np.ndarray:
    """The gradient from the forces of all pairs: each item as anchor and as reference, tangent to the sphere."""
    force = terms.force.clone()
    n = len(z)
    force[torch.arange(n), torch.arange(n)] = 0
    step = (force @ others + force[:, :n].T @ z) / temperature
    return (step - (step * z).sum(1, keepdim=True) * z).numpy()


COSINES = [name for name in LOSSES if isinstance(build_loss(name), PairLoss)]
COSINES = [name for name in COSINES if name != "contrastive_knn" and "prototypes" not in build_loss(name).needs]


@pytest.mark.parametrize("name", [*COSINES, *(f"weighted_supcon/{p}" for p in PLACEMENTS)])
def test_the_whole_gradient_is_that_of_all_forces_in_both_roles(name: str) -> None:
    """Autograd of the loss that trains = the shown forces as anchor and as reference, chained and tangent."""
    name, _, placement = name.partition("/")
    loss, z = build_loss(name, **({"placement": placement} if placement else {})), space()
    loss = fitted_to_labels(loss, LABELS)
    terms = loss.explain(z, LABELS, z, LABELS, self_index=torch.arange(len(z)))
    expected = chained(terms, z, z, loss.temperature)
    assert np.abs(expected).max() > 1e-4
    found = gradients(loss, z.numpy(), LABELS.numpy())
    np.testing.assert_allclose(found, expected, atol=2e-5)


def test_prototypes_are_part_of_the_gradient() -> None:
    """With a loss that has prototypes, their pull on the item is in its gradient."""
    loss, z = build_loss("msc"), space()
    stars = torch.nn.functional.normalize(torch.randn(5, 6, generator=torch.Generator().manual_seed(2)), dim=1).double()
    terms = loss.explain(z, LABELS, z, LABELS, self_index=torch.arange(len(z)), prototypes=stars)
    expected = chained(terms, z, torch.cat([z, stars]), loss.temperature)
    found = gradients(loss, z.numpy(), LABELS.numpy(), stars.numpy())
    np.testing.assert_allclose(found, expected, atol=2e-5)


def test_the_gradient_equals_the_loops() -> None:
    """The forces of the loops over sets, chained by hand for one item, give its gradient."""
    z, i = space(), 7
    n = len(z)
    force = reference.anchors(
        z, LABELS, z, LABELS, rule="similarity_dissimilarity", temperature=0.1, self_index=np.arange(n)
    )["force"]
    step = sum((force[i, j] + force[j, i]) * z[j].numpy() / 0.1 for j in range(n) if j != i)
    expected = step - (step @ z[i].numpy()) * z[i].numpy()
    np.testing.assert_allclose(gradients(SD, z.numpy(), LABELS.numpy())[i], expected, atol=1e-5)


def test_the_written_forces_give_the_same_gradient() -> None:
    """In a batch: from the written forces, up to the part orthogonal to the sphere."""
    z = space().numpy()
    whole = gradients(SD, z, LABELS.numpy())
    terms = SD.explain(
        torch.from_numpy(z), LABELS, torch.from_numpy(z), LABELS, self_index=torch.arange(len(z))
    ).force.numpy()
    for row in (0, 4, 39):
        step = written_gradient(z, terms, row, 0.1)
        np.testing.assert_allclose(step - (step @ z[row]) * z[row], whole[row], atol=1e-5)


def test_keys_are_seen_but_move_nothing() -> None:
    """In a batch with keys, an anchor's gradient has its row over all items and its column over the anchors."""
    z = np.eye(4)
    force = np.array([[0.0, 2.0, -3.0, 1.0], [5.0, 0.0, 7.0, 0.0]])
    assert written_gradient(z, force, 0, 0.5).tolist() == [0.0, 14.0, -6.0, 2.0]


def test_axes_of_a_pca_map_are_read_off_it() -> None:
    """PCA rotated onto another map: the axes are recovered, orthonormal, and reproduce the map."""
    z = space().numpy()
    turned = np.random.default_rng(0).normal(size=(len(z), 2)).astype(np.float32)
    xy = pca_map(z, turned).xy
    axes = axes_of(z, xy)
    np.testing.assert_allclose(axes.T @ axes, np.eye(2), atol=1e-6)
    np.testing.assert_allclose((z - z.mean(0)) @ axes, xy, atol=1e-6)


def test_items_apart_bend_no_axes() -> None:
    """Items without a direction stand apart on a PCA map, which is still linear; a map of them alone has no axes."""
    z = space().numpy().copy()
    z[[0, 5, 9]] = 0
    axes = axes_of(z, draw(MAPS["pca"], z).xy)
    np.testing.assert_allclose(axes.T @ axes, np.eye(2), atol=1e-6)
    assert axes_of(0 * z, draw(MAPS["pca"], 0 * z).xy) is None


@pytest.mark.parametrize(
    "xy",
    [np.tanh(9 * space(2).numpy()), np.random.default_rng(0).normal(size=(40, 2)), np.zeros((40, 2))],
    ids=["bent", "another", "one place"],
)
def test_other_maps_have_no_axes(xy: np.ndarray) -> None:
    """A map that is not linear in the directions, or is a single point, has no axes."""
    assert axes_of(space().numpy(), xy) is None


def test_the_arrow_is_where_a_small_step_goes() -> None:
    """A step down the gradient, projected as the map projects, moves the point along the arrow; the share is right."""
    z = space().numpy()
    axes = axes_of(z, pca_map(z).xy)
    gradient = gradients(SD, z, LABELS.numpy())
    for row in (2, 4, 30):
        way, share = driven(z, axes, row, gradient[row])
        moved = z[row] - 1e-5 * gradient[row]
        step = moved / np.linalg.norm(moved) - z[row]
        on_map = step @ axes
        np.testing.assert_allclose(on_map / np.linalg.norm(on_map), way, atol=1e-3)
        assert share == pytest.approx(np.linalg.norm(on_map) / np.linalg.norm(step), abs=1e-3)
        assert 0 < share <= 1


@pytest.mark.parametrize("gradient", [np.zeros(6), np.full(6, np.nan), np.eye(6)[5]], ids=["none", "nan", "square"])
def test_no_arrow_where_nothing_is_to_be_seen(gradient: np.ndarray) -> None:
    """No gradient, one that is not finite, or one orthogonal to the map: no arrow."""
    assert driven(np.eye(6), np.eye(6)[:, :2], 3, gradient) is None


def test_an_item_alone_has_no_gradient() -> None:
    """One item, or none with a positive: zeros."""
    assert not gradients(SD, space().numpy()[:1], LABELS.numpy()[:1]).any()
    assert not gradients(SD, space().numpy(), np.zeros((40, 5), dtype=bool)).any()


def test_the_strongest_pulls_and_pushes() -> None:
    """At most eight of each, no stronger one is left out, the strongest last; an item without forces has none."""
    z, y = space().numpy(), LABELS.numpy()
    pairs = anchor_pairs(SD, z, y, 4)
    found = strongest(pairs)
    assert (found.force < 0).sum() == (found.force > 0).sum() == SHOWN
    assert 4 not in found.to
    assert (np.diff(np.abs(found.force)) >= 0).all()
    assert found.force[found.force < 0].max() <= np.sort(pairs.force)[SHOWN - 1]
    none = strongest(anchor_pairs(SD, z, y, 0))  # no labels
    assert len(none.to) == len(none.force) == 0


def test_arrows_and_edits_travel_with_a_frame() -> None:
    """Lines, direction and words are in the message, with colours for light and dark pages; without forces none are."""
    z, y = space().numpy(), LABELS.numpy()
    pairs = anchor_pairs(SD, z, y, 4)
    about = {"items": "i", "run": "r", "step": 3, "map_name": "pca", "status": "", "alt": "", "pairs": pairs}
    arrows = Arrows(np.array([3, 1]), np.array([-0.5, 0.25]), (0.6, -0.8), 0.42)
    header, arrays = unpack(
        CloudFrame(z[:, :2], by_relation(pairs), arrows=arrows.message(), edits={4: (0, 2)}, **about).message()
    )
    assert arrays["arrow_to"].tolist() == [3, 1]
    assert arrays["arrow_force"].tolist() == [-0.5, 0.25]
    assert header["arrows"]["way"] == [0.6, -0.8]
    assert "42%" in header["arrows"]["gradient"]
    assert (header["arrows"]["pull"], header["arrows"]["push"]) == (
        "a pull: moves the anchor there",
        "a push: moves the anchor away from there",
    )
    assert header["arrows"]["light"] == ["#332288", "#D55E00"]
    assert not set(header["arrows"]["light"]) & set(header["arrows"]["dark"])
    assert header["edits"] == {"4": [0, 2]}
    plain, without = unpack(CloudFrame(z[:, :2], by_relation(pairs), **about).message())
    assert "arrows" not in plain
    assert "arrow_to" not in without
    assert plain["edits"] == {}
    assert plain["stamp"] != header["stamp"]
