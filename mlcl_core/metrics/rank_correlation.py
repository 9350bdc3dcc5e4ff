"""Whether items that share more of their labels lie closer together."""

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Float64
from torch import Tensor

from mlcl_core.metrics.record import LiveMetric
from mlcl_core.pairs import pair_counts

PAIRS = 20_000  # in the sample


def rank_correlation(z: Float[Tensor, "n d"], y: Bool[Tensor, "n c"], *, seed: int, pairs: int = PAIRS) -> float:
    """Spearman correlation of label overlap (Jaccard) and cosine, over a fixed sample of pairs of different items.

    Args:
        z, y: Embeddings, of any length, and labels of the same items.
        seed: Of the sample; the same for every frame of a run, so that frames can be compared.
        pairs: Size of the sample, drawn with repetition.

    Returns:
        In [-1, 1]: 1 when cosine orders pairs just as overlap does; ties share their mean rank.

    Edge cases:
        Fewer than two items, the same overlap in every pair, or the same cosine: 0. Two items without labels:
        overlap 0.
    """
    n = len(z)
    if n < 2:
        return 0.0
    generator = torch.Generator().manual_seed(seed)
    i = torch.randint(n, (pairs,), generator=generator)
    j = (i + torch.randint(1, n, (pairs,), generator=generator)) % n
    unit, labels = F.normalize(z.detach().cpu().float(), dim=1), y.cpu()
    # whole products and a gather: at 1,000 items a third of the time of gathering 20,000 pairs of rows
    counts = pair_counts(labels, labels)
    shared = counts.shared[i, j]
    overlap = shared / (counts.s[i, 0] + counts.t[0, j] - shared).clamp_min(1)
    return _spearman(overlap, (unit @ unit.T)[i, j])


def _spearman(a: Float[Tensor, " p"], b: Float[Tensor, " p"]) -> float:
    if bool((a == a[0]).all()) or bool((b == b[0]).all()):
        return 0.0
    x, y = _ranks(a), _ranks(b)
    x, y = x - x.mean(), y - y.mean()
    # products of torch: those of numpy would start a second thread pool
    return float((x @ y) / ((x @ x).sqrt() * (y @ y).sqrt()))


def _ranks(x: Float[Tensor, " p"]) -> Float64[Tensor, " p"]:
    # scipy.stats has this, and takes two seconds to import before the first frame
    _, group, count = x.unique(return_inverse=True, return_counts=True)
    return (count.cumsum(0) - (count - 1) / 2).double()[group]


RANK_CORRELATION = LiveMetric(
    name="rank_correlation",
    title="Rank correlation",
    summary="Spearman correlation of label overlap and cosine over pairs.",
    direction="up",
    low=-1,
    high=1,
    measure=lambda frame: rank_correlation(frame.z, frame.labels, seed=frame.seed),
)
