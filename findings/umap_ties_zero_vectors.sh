#!/usr/bin/env bash
# umap-learn ties a vector of zeros at full strength to the first rows of the file.
#
# Guess:     with metric="cosine" a row of zeros has no direction, so that it is tied to no row, or weakly, or a warning
#            says that it cannot be placed.
# Version:   umap-learn 0.5.12 (scikit-learn 1.9.1, numba 0.68.1, numpy 2.4.6).
# Behaviour: its distance to every other row is 1, all of them equal; the nearest of equal ones are the first rows, and as
#            the distance of the nearest counts as 0, all 14 ties (n_neighbors=15 with itself) have the largest weight
#            there is, 1. In another order of the rows it is tied to 14 other items. Nothing is said. On the map it lies
#            among items that it has nothing to do with.
# Seen:      200 normal rows of 16 numbers, the first one zero:
#                as they are:  14 ties, weights 1.0 to 1.0, to items 1 2 3 4 5 6 7 8 9 10 11 12 13 14
#                reversed:     14 ties, weights 1.0 to 1.0, to items 186 187 188 189 190 191 192 193 194 195 196 197 198 199
#
# Exits with 0 while it is so, with 1 when it no longer is.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  umap-learn==0.5.12 scikit-learn==1.9.1 numba==0.68.1 numpy==2.4.6
"$folder/venv/bin/python" -W error::UserWarning - <<'PYTHON'
import sys
import warnings

import numpy as np

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of the import
    import umap

rows = np.random.default_rng(0).normal(size=(200, 16))
rows[0] = 0
as_they_are = np.arange(200)
reversed_rest = np.r_[0, np.arange(199, 0, -1)]
so = True
for words, order in (("as they are:", as_they_are), ("reversed:", reversed_rest)):
    with warnings.catch_warnings():
        # that one seed means one thread is no news about zeros
        warnings.filterwarnings("ignore", message="n_jobs value")
        model = umap.UMAP(n_neighbors=15, metric="cosine", random_state=0, n_epochs=11).fit(rows[order])
    ties = model.graph_[0].tocoo()
    tied = sorted(order[ties.col].tolist())
    print(f"{words:13} {ties.nnz} ties, weights {ties.data.min()} to {ties.data.max()}, to items", *tied)
    so &= ties.nnz == 14 and bool((ties.data == 1).all()) and tied == sorted(order[1:15].tolist())
sys.exit(0 if so else 1)
PYTHON
