#!/usr/bin/env bash
# scikit-learn takes a label matrix of one column for two classes: its macro-F1 is not the F1 of the label.
#
# Guess:     a label matrix [n, 1] is one label; macro-F1 is the mean over labels, here the F1 of that label, as it is for
#            the same column beside any other.
# Version:   scikit-learn 1.9.1 (numpy 2.4.6).
# Behaviour: a single column is a binary problem. With average="macro" or None f1_score counts the class 0 as well, with
#            "micro" it is the accuracy, without a warning; label_ranking_loss and coverage_error refuse the same matrix.
# Seen:      truth 1 1 0 0, all predicted 1:
#                one column:  micro 0.5000, macro 0.3333, each [0.0, 0.6667]
#                twice the same column: micro 0.6667, macro 0.6667, each [0.6667, 0.6667]
#                label_ranking_loss of one column: binary format is not supported
#
# Exits with 0 while it is so, with 1 when it no longer is.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check scikit-learn==1.9.1 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import sys
import warnings

import numpy as np
from sklearn.metrics import f1_score, label_ranking_loss

warnings.simplefilter("error")
truth, predicted = np.array([[1], [1], [0], [0]]), np.ones((4, 1), int)


def shown(name: str, columns: int) -> float:
    """F1 of the column beside itself."""
    y, guess = np.repeat(truth, columns, axis=1), np.repeat(predicted, columns, axis=1)
    micro, macro, each = (f1_score(y, guess, average=average, zero_division=0) for average in ("micro", "macro", None))
    print(f"{name}: micro {micro:.4f}, macro {macro:.4f}, each {each.round(4).tolist()}")
    return float(macro)


alone, twice = shown("one column", 1), shown("twice the same column", 2)
refused = ""
try:
    label_ranking_loss(truth, predicted)
except ValueError as error:
    refused = str(error)
print("label_ranking_loss of one column:", refused)
sys.exit(0 if abs(alone - 1 / 3) < 1e-9 and abs(twice - 2 / 3) < 1e-9 and refused else 1)
PYTHON
