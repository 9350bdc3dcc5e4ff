"""UMAP on a GPU, by TorchDR: every item is fitted, in a fraction of a second."""

import warnings
from importlib.util import find_spec
from typing import Annotated

import numpy as np
from jaxtyping import Float32, Shaped

from mlcl_core.errors import InputError
from mlcl_core.maps.embedding import finite_rows
from mlcl_core.maps.neighbours import TIE
from mlcl_core.maps.pca import pca_map
from mlcl_core.maps.procrustes import procrustes
from mlcl_core.maps.record import Map, MapRecord
from mlcl_core.maps.umap import COLD_EPOCHS, COLD_RATE, JITTER, WARM_EPOCHS, WARM_RATE
from mlcl_core.options import Param

FEWEST = 4  # items that TorchDR takes
COLD_SPREAD = 1e-4  # of the start without a map before: TorchDR's own
BASE_BYTES, PAIR_BYTES = 2**29, 16  # of a GPU's free memory: for the libraries, and for each pair of items
NEEDED = ("torchdr", "matplotlib")  # TorchDR 0.5 imports matplotlib, which its requirements do not name


def torchdr_umap_map(
    z: Shaped[np.ndarray, "n d"],
    previous: Float32[np.ndarray, "n 2"] | None = None,
    *,
    gpu_neighbours: Annotated[int, Param("Neighbours that UMAP on a GPU keeps together.", ge=2, le=200)] = 15,
    seed: int = 0,
) -> Map:
    r"""Draw the embeddings so that neighbours in z are neighbours on the map, as UMAP does, with all items fitted.

    Small distances have a meaning; large distances, and the sizes of clusters and gaps, have none.

    Args:
        z: Embeddings, one row an item (the mapper gives directions, rows of length 1).
        previous: The same items on the map before. The layout starts there (warm, 50 passes) and is turned, shifted and
            sized back onto it; None, or all on one spot: it starts from the PCA map (cold, 200 passes).
        gpu_neighbours: How many nearest items, itself included, count as an item's neighbours.
        seed: Decides the pushes; torch's generators are left as they are.

    Returns:
        Finite coordinates; ``warm`` and ``gpu`` (0 or 1): whether the layout began at ``previous``, and was drawn on
        a GPU. Without one the work is done on the CPU, slower than umap-learn's.

    Edge cases:
        Fewer than 4 items, or all the same to float32: the PCA map. Fewer items than neighbours: two less than there
        are, the most that TorchDR takes.

    Raises:
        InputError: NaN or infinity (row and column named); TorchDR is not installed; the GPU lacks memory.

    Relations:
        The same graph and curve as umap-learn's (min_dist 0.1, spread 1); all edges of a pass move items at once.

    References:
        Van Assel et al. 2024, TorchDR; McInnes, Healy, Melville 2018 (arXiv:1802.03426).
    """
    rows = finite_rows(z)
    start, n = pca_map(rows).xy.astype(np.float64), len(rows)
    if n < FEWEST or np.ptp(rows, axis=0).max() <= TIE * np.abs(rows).max():
        return Map("torchdr_umap", start.astype(np.float32), {"warm": 0.0, "gpu": 0.0})
    warm = previous is not None and bool(np.isfinite(previous).all() and np.ptp(previous, axis=0).any())
    if previous is not None and warm:
        start = previous.astype(np.float64)
    start += np.random.default_rng(seed).normal(scale=JITTER * np.ptp(start), size=start.shape)
    xy, on_gpu = _fitted(rows.astype(np.float32), start, warm, min(gpu_neighbours, n - 2), seed)
    if previous is not None and warm:
        # with its size, as the map of umap-learn
        xy = procrustes(xy, previous, scale=True).apply(xy)
    return Map("torchdr_umap", xy.astype(np.float32), {"warm": float(warm), "gpu": float(on_gpu)})


def _fitted(
    rows: Float32[np.ndarray, "n d"], start: Shaped[np.ndarray, "n 2"], warm: bool, neighbours: int, seed: int
) -> tuple[Shaped[np.ndarray, "n 2"], bool]:
    """TorchDR's layout from a start, and whether a GPU made it."""
    missing = not_installed()
    if missing:
        raise InputError(missing)
    # torch, and TorchDR with matplotlib, take seconds to import, in the process that draws these maps alone
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an ImportWarning that faiss is not there, which is not needed
        from torchdr import UMAP

        on_gpu = torch.cuda.is_available()
        if on_gpu:
            _check_room(len(rows), torch.cuda.mem_get_info()[0])
        with torch.random.fork_rng(devices=[torch.cuda.current_device()] if on_gpu else []):
            threads = torch.get_num_threads()
            torch.manual_seed(seed)
            torch.set_num_threads(1)  # as every map: a training may want the others
            try:
                model = UMAP(
                    n_neighbors=neighbours,
                    max_iter=WARM_EPOCHS if warm else COLD_EPOCHS,
                    lr=WARM_RATE if warm else COLD_RATE,
                    init=start.astype(np.float32),
                    # TorchDR scales every start, by the deviation of its first column, to this one
                    init_scaling=float(start[:, 0].std(ddof=1)) if warm else COLD_SPREAD,
                    backend=None,  # its default needs faiss, which its requirements do not name
                    device="cuda" if on_gpu else "cpu",
                    distributed=False,
                )
                return np.asarray(model.fit_transform(rows), np.float64), on_gpu
            finally:
                torch.set_num_threads(threads)


def _check_room(items: int, free: int) -> None:
    """A training on the same GPU comes first: a map that needs more than what it leaves is not drawn.

    Raises:
        InputError: With the memory that is free, and the memory that is needed.
    """
    needed = BASE_BYTES + PAIR_BYTES * items**2
    if free < needed:
        raise InputError(
            f"the GPU has {free / 1e9:.1f} GB free, and a UMAP map of {items:,} items on it needs {needed / 1e9:.1f}: "
            "lower watch.items, or leave maps.torchdr_umap off"
        )


def not_installed() -> str | None:
    """What is missing, and how it is installed; None: nothing."""
    for name in NEEDED:
        if find_spec(name) is None:
            return f"{name} is not installed: pip install 'mlcl-lab[gpu-maps]'"
    return None


def lacking() -> str | None:
    """Why these maps can't be drawn on this machine in good time; None: they can."""
    missing = not_installed()
    if missing:
        return missing
    import torch  # after what costs nothing; only where the map is on

    return None if torch.cuda.is_available() else "torch finds no CUDA device; maps.umap draws on the CPU"


TORCHDR_UMAP = MapRecord(
    name="torchdr_umap",
    title="GPU UMAP",
    formula=r"-\sum w_{ij} \log q_{ij} - \sum (1 - w_{ij}) \log (1 - q_{ij})",
    summary="UMAP without landmarks: keeps neighbours together; how far apart or large clusters are can't be read off.",
    source="Van Assel et al. 2024 (TorchDR); McInnes, Healy, Melville 2018 (arXiv:1802.03426)",
    hint="neighbours stay neighbours, distances do not",
    make=torchdr_umap_map,
    schedule="latest frame",
    on=False,
    needs="Needs an NVIDIA GPU and `pip install 'mlcl-lab[gpu-maps]'`.",
    lacking=lacking,
)
