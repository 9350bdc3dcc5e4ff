"""The worker: the process that trains a run, ``python -m mlcl_core.runs.worker RUN_DIR``."""
