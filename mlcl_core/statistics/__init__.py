"""How sure a number is, and a difference of two: intervals, tests and their words, on plain arrays."""
