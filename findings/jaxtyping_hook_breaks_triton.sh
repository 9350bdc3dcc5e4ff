#!/usr/bin/env bash
# jaxtyping's import hook leaves no Triton kernel of a package that compiles.
#
# Guess:     install_import_hook checks the types of functions that say any, and a kernel decorated by triton.jit, which
#            nothing of jaxtyping annotates, compiles as it does without the hook.
# Version:   jaxtyping 0.3.11, triton 3.9.0.
# Behaviour: the hook wraps every function below its decorators, so that triton.jit is handed the wrapper: the source is
#            the kernel's, the globals are those of jaxtyping. Names that the kernel takes from its module are not found
#            when it is compiled, hook with or without a type checker. Under Triton's interpreter the same kernel works,
#            so that tests on a processor do not show it.
# Seen:      without the hook: compiled
#            with the hook: CompilationError, tl is not defined
#
# Exits with 0 while it is so, with 1 when it no longer is.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check jaxtyping==0.3.11 triton==3.9.0
mkdir "$folder/kernels"
cat > "$folder/kernels/__init__.py" <<'PYTHON'
import triton
import triton.language as tl


@triton.jit
def double(x, y, n: tl.constexpr):
    at = tl.arange(0, n)
    tl.store(y + at, 2.0 * tl.load(x + at))
PYTHON
cat > "$folder/compiled.py" <<'PYTHON'
import sys
import warnings

from jaxtyping import install_import_hook

if "hook" in sys.argv:
    install_import_hook("kernels", None)
import triton
from kernels import double
from triton.backends.compiler import GPUTarget

warnings.simplefilter("ignore")
source = triton.compiler.ASTSource(double, {"x": "*fp32", "y": "*fp32", "n": "constexpr"}, constexprs={"n": 16})
try:
    triton.compile(source, target=GPUTarget("cuda", 80, 32))
    print("compiled")
except Exception as error:
    print(f"{type(error).__name__}, {'tl is not defined' if 'tl is not defined' in str(error) else error}")
PYTHON
cd "$folder"
plain=$(TRITON_CACHE_DIR="$folder/plain" venv/bin/python compiled.py)
hooked=$(TRITON_CACHE_DIR="$folder/hooked" venv/bin/python compiled.py hook)
echo "without the hook: $plain"
echo "with the hook: $hooked"
[ "$plain" = compiled ] && [ "$hooked" = "CompilationError, tl is not defined" ]
