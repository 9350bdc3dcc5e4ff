"""The Train page: set-up, list of runs, numbers, health."""
