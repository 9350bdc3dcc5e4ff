"""The page of all runs: which are shown, what is done with the selected ones, and how they differ."""
