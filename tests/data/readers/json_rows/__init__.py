"""JSON files whose objects are rows, one test file for each kind."""
