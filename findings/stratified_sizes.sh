#!/usr/bin/env bash
# Two libraries that split multi-label data by iterative stratification give test sets of other sizes than asked for.
#
# Guess:     test_size=0.1 of 160 items gives a test set of about 16, and test_size=0.2 one of 32.
# Version:   iterative-stratification 0.1.9 (MultilabelStratifiedShuffleSplit) and scikit-multilearn 0.2.0
#            (iterative_train_test_split), with scikit-learn 1.5.2, scipy 1.13.1, numpy 1.26.4.
# Behaviour: items are dealt label by label to the split that still wants most of that label. Where every label has four
#            items, each label is rounded the same way, so that the errors add up instead of cancelling: the test set is
#            empty, or a quarter of all items, without a word.
# Seen:      160 items, 40 labels of 4 items each:
#                iterative-stratification, test_size 0.1, 0.2, 0.3:   0,  40,  40 items to test on
#                scikit-multilearn,        test_size 0.1, 0.2, 0.3:   0,  40,  40
#
# Exits with 0 while it is so, with 1 when it no longer is.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check setuptools==80.9.0 iterative-stratification==0.1.9 \
    scikit-multilearn==0.2.0 scikit-learn==1.5.2 scipy==1.13.1 numpy==1.26.4
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import sys

import numpy as np
from iterstrat.ml_stratifiers import MultilabelStratifiedShuffleSplit
from skmultilearn.model_selection import iterative_train_test_split

labels = np.kron(np.eye(40, dtype=int), np.ones((4, 1), int))
items = np.arange(160)[:, None]
sizes = (0.1, 0.2, 0.3)
shuffled, iterative = [], []
for size in sizes:
    split = MultilabelStratifiedShuffleSplit(n_splits=1, test_size=size, random_state=0)
    shuffled.append(len(next(split.split(items, labels))[1]))
    np.random.seed(0)
    iterative.append(len(iterative_train_test_split(items, labels, test_size=size)[2]))
print(f"iterative-stratification, test_size {sizes}: {shuffled} items to test on")
print(f"scikit-multilearn,        test_size {sizes}: {iterative} items to test on")
asked = [size * 160 for size in sizes]
off = [abs(found - want) for found, want in zip(shuffled + iterative, asked * 2)]
sys.exit(0 if min(off[0], off[3]) > 8 and min(off[1], off[4]) > 4 else 1)
PYTHON
