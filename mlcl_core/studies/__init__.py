"""Studies: a grid of trainings, its results, and what can be said of them."""
