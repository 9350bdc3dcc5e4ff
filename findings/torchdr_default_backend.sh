#!/usr/bin/env bash
# TorchDR's UMAP does not run as it is installed: its import needs matplotlib, its default backend faiss, and its
# requirements name neither.
#
# Guess:     after `pip install torchdr`, torchdr.UMAP().fit_transform(x) gives a map; a package that is needed for the
#            default is a requirement, and an optional one that is missing is an ImportError, or the default does without.
# Version:   TorchDR 0.5 (requirements: torch, scikit-learn, numpy), torch 2.13.0 on the CPU, scikit-learn 1.9.1,
#            matplotlib 3.11.2.
# Behaviour: `import torchdr` ends in a ModuleNotFoundError, because the module of its plots imports matplotlib. With
#            matplotlib, UMAP() has backend="faiss"; without faiss an ImportWarning, which Python hides, is all that the
#            import says, and the fit ends in an AttributeError of a bool. With backend=None it works.
# Seen:      import, as installed:    ModuleNotFoundError: No module named 'matplotlib'
#            UMAP(), with matplotlib: AttributeError: 'bool' object has no attribute 'IndexFlatL2'
#            UMAP(backend=None):      200 x 2, all finite
#
# Exits with 0 while it is so, with 1 when it no longer is.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  torchdr==0.5 torch==2.13.0 scikit-learn==1.9.1
seen() {
  # the last line of an error is what it is
  printf '%-24s ' "$1"
  { "$folder/venv/bin/python" - 2>&1 || true; } | tail -n 1
}
imported=$(seen "import, as installed:" <<'PYTHON'
import torchdr
PYTHON
)
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check matplotlib==3.11.2
rows="import numpy as np, torchdr; x = np.random.default_rng(0).normal(size=(200, 16)).astype(np.float32)"
by_default=$(seen "UMAP(), with matplotlib:" <<PYTHON
$rows
torchdr.UMAP(n_neighbors=15, max_iter=20, device="cpu").fit_transform(x)
print("a map")
PYTHON
)
without=$(seen "UMAP(backend=None):" <<PYTHON
$rows
xy = torchdr.UMAP(n_neighbors=15, max_iter=20, device="cpu", backend=None).fit_transform(x)
print(*xy.shape, sep=" x ", end=", all finite\n" if np.isfinite(xy).all() else ", not finite\n")
PYTHON
)
printf '%s\n' "$imported" "$by_default" "$without"
[[ $imported == *"ModuleNotFoundError: No module named 'matplotlib'" ]]
[[ $by_default == *"AttributeError: 'bool' object has no attribute 'IndexFlatL2'" ]]
[[ $without == *"200 x 2, all finite" ]]
