"""One test file for each format."""
