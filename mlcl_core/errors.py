"""Exceptions whose message is one line for the user."""


class InputError(ValueError):
    """Bad input; the message says what is wrong, where, and what would be right.

    The command line prints it and exits with code 2; a page shows it beside the widget.
    """


class RunFailed(RuntimeError):
    """A run that failed (a full disk, a dead worker); the command line exits with code 1."""
