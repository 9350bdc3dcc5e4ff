#!/usr/bin/env bash
# scikit-learn reads fewer items from a multi-label svmlight file than it wrote.
#
# Guess:     load_svmlight_file gives back the rows that dump_svmlight_file wrote, so that row i is item i.
# Version:   scikit-learn 1.9.1 (scipy 1.17.1, numpy 2.4.6).
# Behaviour: an item without labels whose values are all 0 is written as a line that holds a blank, and lines without
#            fields are skipped when a file is read. All later items move up, without a word, against names, splits and
#            features kept elsewhere.
# Seen:      items written: 3, items read: 2
#            labels of row 1 as written: none; as read: 1
#
# Exits with 0 while it is so, with 1 when it no longer is.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check scikit-learn==1.9.1 scipy==1.17.1 numpy==2.4.6
"$folder/venv/bin/python" - "$folder/items.svm" <<'PYTHON'
import sys

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.datasets import dump_svmlight_file, load_svmlight_file

values = csr_matrix(np.array([[1.0, 0.0], [0.0, 0.0], [0.0, 2.0]]))
labels = np.array([[1, 0], [0, 0], [0, 1]])
dump_svmlight_file(values, labels, sys.argv[1], multilabel=True, zero_based=True)
read, found = load_svmlight_file(sys.argv[1], multilabel=True, zero_based=True, n_features=2)
print(f"items written: {values.shape[0]}, items read: {read.shape[0]}")
print(f"labels of row 1 as written: none; as read: {', '.join(f'{label:g}' for label in found[1]) or 'none'}")
sys.exit(0 if read.shape[0] == 2 and found[1] == (1.0,) else 1)
PYTHON
