"""Numbers of three decimal digits, two bytes each."""

import numpy as np

SMALLEST, LARGEST = -20, 15  # exponents of the first digit
UNKNOWN, NEGATIVE = 0xFFFF, 0x8000
MANTISSAS = 900  # 100 to 999


def three_digits(values: np.ndarray) -> np.ndarray:
    """Round numbers to three significant digits, as ``f"{value:.3g}"`` does, and encode each in two bytes.

    A number is sign * m * 10^(e - 2) with m in 100..999 and e in -20..15; its code is the sign bit and
    1 + 900 (e + 20) + m - 100. 0, and what is smaller than 1e-20, is 0; NaN, and what is 1e16 or larger, is 0xFFFF.

    Returns:
        uint16, in the shape of ``values``.
    """
    flat = np.asarray(values, dtype=np.float64).ravel()
    return np.fromiter(map(_code, flat.tolist()), dtype=np.uint16, count=len(flat)).reshape(np.shape(values))


def _code(value: float) -> int:
    if value == 0:
        return 0
    digits, _, exponent = f"{abs(value):.2e}".partition("e")
    if not exponent or int(exponent) > LARGEST:
        return UNKNOWN
    if int(exponent) < SMALLEST:
        return 0
    code = 1 + MANTISSAS * (int(exponent) - SMALLEST) + int(digits.replace(".", "")) - 100
    return code | (NEGATIVE if value < 0 else 0)


def decoded(codes: np.ndarray) -> np.ndarray:
    """The numbers of some codes, float64, each the nearest to its decimal (for tests; a replay does the same)."""
    flat = np.asarray(codes, dtype=np.uint16).ravel()
    return np.array([_value(code) for code in flat.tolist()]).reshape(np.shape(codes))


def _value(code: int) -> float:
    if code == UNKNOWN:
        return float("nan")
    place = code & ~NEGATIVE
    if not place:
        return 0.0
    exponent, mantissa = divmod(place - 1, MANTISSAS)
    value = float(f"{mantissa + 100}e{exponent + SMALLEST - 2}")
    return -value if code & NEGATIVE else value
