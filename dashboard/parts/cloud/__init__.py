"""The cloud of points, its table, and how far it can be trusted."""
