"""The Learn page: cards, stage, and what a lesson sets."""
