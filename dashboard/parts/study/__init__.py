"""The Study page: what a grid of trainings says, how sure it is, and the runs behind each number."""
