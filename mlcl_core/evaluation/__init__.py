"""How good a trained encoder is: protocols that make scores of its features, and the report of their metrics."""
