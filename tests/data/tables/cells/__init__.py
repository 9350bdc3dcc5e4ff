"""One test file for each form of label cells."""
