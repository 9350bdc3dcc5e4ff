#!/usr/bin/env bash
# Accelerate fails in a process of its own as soon as the backend of its process group is named.
#
# Guess:     a script that names the backend for the day it is started by torchrun, Accelerator(kwargs_handlers=
#            [InitProcessGroupKwargs(backend="gloo")]), also runs alone: there is one process, and nothing to connect.
# Version:   accelerate 1.15.0, torch 2.13.0 on the CPU (on a GPU the same, with "cuda:nccl,cpu:gloo").
# Behaviour: without a launcher the named backend is taken for a process group that was never made; with cpu=True, too.
#            Without a name, or started by torchrun, it works.
# Seen:      no backend named:      1 process
#            gloo named:            ValueError: Default process group has not been initialized, please make sure to call init_process_group.
#            gloo named, cpu=True:  ValueError: Default process group has not been initialized, please make sure to call init_process_group.
#            gloo named, torchrun:  1 process
#
# Exits with 0 while it is so, with 1 when it no longer is.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check accelerate==1.15.0 torch==2.13.0
cat > "$folder/alone.py" <<'PYTHON'
import sys
from accelerate import Accelerator, InitProcessGroupKwargs

named = [InitProcessGroupKwargs(backend="gloo")] if "named" in sys.argv else []
print(Accelerator(cpu="cpu" in sys.argv, kwargs_handlers=named).num_processes, "process")
PYTHON
seen() {
  # the last line of an error is what it is
  local title=$1
  shift
  printf '%-22s ' "$title"
  { env -u LOCAL_RANK -u WORLD_SIZE -u RANK "$@" 2>/dev/null || env -u LOCAL_RANK "$@" 2>&1 || true; } | tail -n 1
}
python=$folder/venv/bin/python
without=$(seen "no backend named:" "$python" "$folder/alone.py")
named=$(seen "gloo named:" "$python" "$folder/alone.py" named)
on_cpu=$(seen "gloo named, cpu=True:" "$python" "$folder/alone.py" named cpu)
launched=$(seen "gloo named, torchrun:" "$folder/venv/bin/torchrun" --nproc-per-node=1 "$folder/alone.py" named cpu)
printf '%s\n' "$without" "$named" "$on_cpu" "$launched"
[[ $without == *"1 process" ]]
[[ $named == *"ValueError: Default process group has not been initialized"* ]]
[[ $on_cpu == *"ValueError: Default process group has not been initialized"* ]]
[[ $launched == *"1 process" ]]
