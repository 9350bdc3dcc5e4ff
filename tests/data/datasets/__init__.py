"""One test file for each data set."""
