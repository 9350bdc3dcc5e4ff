#!/usr/bin/env bash
# scikit-learn's trustworthiness of a data set against itself is below 1 when it holds copies.
#
# Guess:     the map that is the data itself shows no false neighbour: trustworthiness(X, X) is 1, and the order of the
#            rows does not count.
# Version:   scikit-learn 1.9.1 (numpy 2.4.6).
# Behaviour: ranks in X are positions after a sort, so that rows equally far have different ranks; which of forty equal
#            rows are the five nearest is decided one way in X and another way in the map. The result is below 1 and
#            changes with the order of the rows; where all rows are equal, and any neighbour is as good as another, a
#            random map scores as by chance.
# Seen:      five places of forty copies each, n_neighbors=5:
#                the data as its own map:  0.9360
#                its rows shuffled:        0.9732
#                fifty equal rows against a random map: 0.5292
#
# Exits with 0 while it is so, with 1 when it no longer is.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check scikit-learn==1.9.1 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import numpy as np
from sklearn.manifold import trustworthiness

generator = np.random.default_rng(0)
rows = np.repeat(generator.normal(size=(5, 2)), 40, axis=0)
shuffled = rows[generator.permutation(200)]
itself = trustworthiness(rows, rows, n_neighbors=5)
in_another_order = trustworthiness(shuffled, shuffled, n_neighbors=5)
equal = trustworthiness(np.ones((50, 3)), generator.normal(size=(50, 2)), n_neighbors=5)
print(f"the data as its own map:  {itself:.4f}")
print(f"its rows shuffled:        {in_another_order:.4f}")
print(f"fifty equal rows against a random map: {equal:.4f}")
sys.exit(0 if itself < 0.99 and in_another_order < 0.99 and equal < 0.9 else 1)
PYTHON
