"""A file of the user's own: columns, numbers, keeping it."""
