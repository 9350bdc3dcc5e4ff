"""The worker: the process that trains a run, ``python -m mlcl_core.runs.worker RUN_DIR``."""

# Said to a worker that waits for its run: the run will have a pretrained encoder.
PRETRAINED = "pretrained"
