"""The values that the + and - buttons of a number field step through: useful factors instead of equal steps."""

from collections.abc import Sequence

WIDE = 1000  # a range with at least this ratio of its ends is stepped through in factors
TINY = 1e-2  # a range from 0 to at most this is stepped through in powers of ten


def useful_values(
    low: int | float | None, high: int | float | None, *, integer: bool, declared: Sequence[int | float] = ()
) -> tuple[int | float, ...]:
    """Useful values between two bounds, ascending, with both bounds; empty where equal steps suffice.

    Args:
        low: Lower bound (inclusive); None: no bound.
        high: Upper bound (inclusive); None: no bound.
        integer: Whether values are whole numbers, which step by one unless ``declared``.
        declared: The useful values declared by the option.
    """
    if low is None or high is None or low >= high or (integer and not declared):
        return ()
    if declared:
        found = {float(value) for value in declared}
    elif low > 0 and high / low >= WIDE:
        found = {digit * 10.0**power for power in range(-12, 7) for digit in (1, 3)}
    elif low == 0 and high <= TINY:
        found = {high * 10.0**-power for power in range(7)}
    elif low == 0 and high <= 1:
        found = {step / 20 for step in range(21)}
    elif low == 0:
        found = {digit * 10.0**power for power in range(-2, 7) for digit in (1, 2, 5)}
    else:
        return ()
    inside = {float(f"{value:.6g}") for value in found if low < value < high}
    values = sorted(inside | {float(low), float(high)})
    return tuple(int(value) if integer else value for value in values)
