"""The one exception that means: the input is wrong, and this sentence says how to put it right."""


class InputError(ValueError):
    """Bad input from a person: the message says what is wrong, where, and what would be right.

    The command line prints it as one line and exits with code 2; a page shows it beside the widget.
    """


class RunFailed(RuntimeError):
    """A run that could not go on (a full disk, a dead worker): one line, exit code 1."""
