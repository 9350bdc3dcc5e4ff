"""The Learn page: cards, the picture beside them, and the state that a lesson sets."""
