"""Double quotes in the cells of a column: those of CSV, or part of the names."""

from mlcl_core.data.tables.cells.splitting import MARKUP, Split, scanned

PLAIN = "plain"  # no piece is in quotes: both readings are the same
AS_CSV = "as CSV"
AS_WRITTEN = "as written"
OPEN = "open"


def quotes_of(split: Split) -> str:
    """How the quotes of a column are read at a separator.

    As in CSV where every quote belongs to a piece in quotes, and a piece needs them (it holds the separator or a quote)
    or all pieces have them; as written where no piece begins and ends with one. Everything else is open: quotes that
    nothing needs around some pieces, or quotes of both kinds.
    """
    if split.separator == MARKUP:
        return PLAIN
    found = [scanned(cell, split.separator, quotes=True) for cell in split.cells if '"' in cell]
    quoted = [piece for pieces in found for piece, in_quotes in pieces if in_quotes]
    if not found:
        return PLAIN
    if not quoted:
        return AS_WRITTEN
    literal = any('"' in piece for pieces in found for piece, in_quotes in pieces if not in_quotes)
    needed = any(split.separator in piece or '"' in piece for piece in quoted)
    everywhere = len(found) == len(split.cells) and all(
        in_quotes or not piece for pieces in found for piece, in_quotes in pieces
    )
    return AS_CSV if (needed or everywhere) and not literal else OPEN
