"""Laws that hold whatever the input, by hypothesis."""
