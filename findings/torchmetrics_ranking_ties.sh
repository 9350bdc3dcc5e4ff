#!/usr/bin/env bash
# torchmetrics' ranking loss of labels with the same score depends on the order of the label columns.
#
# Guess:     the order in which labels are numbered changes no score: scores that are all equal say nothing about an
#            item's labels, and get one ranking loss (1 in scikit-learn, where ties count as wrong; 0.5 as a mean).
# Version:   torchmetrics 1.9.0, scikit-learn 1.9.1 (torch 2.13.0, numpy 2.4.6).
# Behaviour: ranks come from two argsorts, so that labels with the same score are ranked by their column: the loss of a
#            constant predictor is 0, 1 or anything between.
# Seen:      three labels, all scores 0.5, the item's label in the first, second, last column:
#                torchmetrics: 1.0 0.5 0.0
#                scikit-learn: 1.0 1.0 1.0
#
# Exits with 0 while it is so, with 1 when it no longer is.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    torchmetrics==1.9.0 scikit-learn==1.9.1 torch==2.13.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import torch
from sklearn.metrics import label_ranking_loss
from torchmetrics.functional.classification import multilabel_ranking_loss

scores, places = torch.full((1, 3), 0.5), torch.eye(3, dtype=torch.int64)
found = [float(multilabel_ranking_loss(scores, place[None], num_labels=3)) for place in places]
other = [float(label_ranking_loss(place[None].numpy(), scores.numpy())) for place in places]
print("torchmetrics:", *found)
print("scikit-learn:", *other)
sys.exit(0 if len(set(found)) > 1 and other == [1.0, 1.0, 1.0] else 1)
PYTHON
