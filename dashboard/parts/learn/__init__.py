"""The Learn page: cards, the stage beside them, and the state that a lesson sets."""
