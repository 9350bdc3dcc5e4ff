#!/usr/bin/env bash
# Label sets in numpy arrays, saved by pandas as CSV and read back by ast.literal_eval, become other labels.
#
# Guess:     a column of label arrays that pandas writes is read back by ast.literal_eval, as columns of lists are: the
#            same labels, or an error.
# Version:   numpy 2.4.6, pandas 3.0.3, Python 3.11 and later.
# Behaviour: numpy prints arrays of texts without commas, ['sea' 'fog'], and Python joins texts that stand side by side.
#            What is read is a sound list of one label that no item has, seafog. Numbers fail loudly, words do not.
# Seen:      label sets written:   sea, fog | sun | fog, sea, sun
#            label sets read back: seafog | sun | fogseasun
#
# Exits with 0 while it is so, with 1 when it no longer is.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 pandas==3.0.3
"$folder/venv/bin/python" - "$folder/labels.csv" <<'PYTHON'
import ast
import sys

import numpy as np
import pandas as pd

sets = [["sea", "fog"], ["sun"], ["fog", "sea", "sun"]]
frame = pd.DataFrame({"text": ["a", "b", "c"], "labels": [np.array(one) for one in sets]})
frame.to_csv(sys.argv[1], index=False)
read = [ast.literal_eval(cell) for cell in pd.read_csv(sys.argv[1])["labels"]]
print("label sets written:  ", " | ".join(", ".join(one) for one in sets))
print("label sets read back:", " | ".join(", ".join(one) for one in read))
sys.exit(0 if read == [["".join(one)] for one in sets] else 1)
PYTHON
