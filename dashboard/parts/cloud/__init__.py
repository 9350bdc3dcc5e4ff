"""The point cloud, its table, and how far a map can be trusted."""
