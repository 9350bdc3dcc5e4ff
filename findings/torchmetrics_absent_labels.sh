#!/usr/bin/env bash
# torchmetrics counts a label that no item carries as 0 in multi-label macro means, perfect predictions or not.
#
# Guess:     the macro mean of perfect predictions is 1; a label that no item carries is left out of it, as
#            MulticlassF1Score leaves out a class that is neither there nor predicted; where there is no number for a
#            label (AUROC without a positive) the mean has none either, as in scikit-learn.
# Version:   torchmetrics 1.9.0, scikit-learn 1.9.1 (torch 2.13.0, numpy 2.4.6).
# Behaviour: F1, average precision and AUROC of such a label are 0 and part of the mean. AUROC is 0 also for a label that
#            each item carries. F1 and average precision of scikit-learn are the same; its AUROC is NaN. The multi-class
#            F1 of torchmetrics leaves the class out.
# Seen:      perfect predictions of three labels, one of them on no item:
#                torchmetrics, multi-label, macro: F1 0.6667, average precision 0.6667, AUROC 0.6667
#                the same with the label on each item: AUROC 0.6667
#                torchmetrics, multi-class, one of three classes absent: F1 1.0000
#                scikit-learn, macro: F1 0.6667, average precision 0.6667, AUROC nan
#
# Exits with 0 while it is so, with 1 when it no longer is.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    torchmetrics==1.9.0 scikit-learn==1.9.1 torch==2.13.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import math
import sys
import warnings

import torch
from sklearn import metrics as scikit_learn
from torchmetrics.functional import classification as torchmetrics

warnings.simplefilter("ignore")
labels = torch.tensor([[1, 0, 0], [1, 0, 1], [0, 0, 1]])
scores = torch.tensor([[0.9, 0.1, 0.2], [0.8, 0.2, 0.7], [0.1, 0.3, 0.6]])
names = ("f1_score", "average_precision", "auroc")
found = [float(getattr(torchmetrics, f"multilabel_{name}")(scores, labels, num_labels=3)) for name in names]
print("torchmetrics, multi-label, macro: F1 {:.4f}, average precision {:.4f}, AUROC {:.4f}".format(*found))
everywhere = labels.clone()
everywhere[:, 1] = 1
on_each = float(torchmetrics.multilabel_auroc(scores, everywhere, num_labels=3))
print(f"the same with the label on each item: AUROC {on_each:.4f}")
classes = torch.tensor([0, 1, 1])
of_classes = float(torchmetrics.multiclass_f1_score(classes, classes, num_classes=3, average="macro"))
print(f"torchmetrics, multi-class, one of three classes absent: F1 {of_classes:.4f}")
y, s = labels.numpy(), scores.numpy()
other = [
    scikit_learn.f1_score(y, s >= 0.5, average="macro"),
    scikit_learn.average_precision_score(y, s),
    scikit_learn.roc_auc_score(y, s),
]
print("scikit-learn, macro: F1 {:.4f}, average precision {:.4f}, AUROC {:.4f}".format(*other))
two_thirds = all(abs(value - 2 / 3) < 1e-6 for value in (*found, on_each, *other[:2]))
sys.exit(0 if two_thirds and of_classes == 1 and math.isnan(other[2]) else 1)
PYTHON
