"""The values that a number field's + and - go through: useful factors, not equal steps."""

from collections.abc import Sequence

WIDE = 1000  # a range over as many times its lower end is gone through in factors
TINY = 1e-2  # a range from 0 to no more than this is gone through in powers of ten


def useful_values(
    low: int | float | None, high: int | float | None, *, integer: bool, declared: Sequence[int | float] = ()
) -> tuple[int | float, ...]:
    """Useful values between two bounds, ascending, both bounds among them; empty: equal steps will do.

    Args:
        low: Lower bound, itself allowed; None: there is none.
        high: Upper bound likewise.
        integer: Whole numbers; they go by ones unless they declare otherwise.
        declared: What the option itself says.
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
