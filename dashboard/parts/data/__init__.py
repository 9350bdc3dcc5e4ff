"""The Data page: items, labels, pairs, samplers."""
