"""Keys of rows: what may stand only once, and what must be known elsewhere."""

from collections.abc import Iterable, Sequence

from intake.setup.row import Row

Key = tuple[str, ...]


def key_of(row: Row, columns: Sequence[str]) -> Key:
    """The cells that name a row."""
    return tuple(row.cells[column] for column in columns)


def refuse_repeats(rows: Iterable[Row], columns: Sequence[str]) -> None:
    """Note each row whose key an earlier row has, or has in other upper and lower case.

    The fault is noted at the last of the key's columns.
    """
    earlier: dict[Key, tuple[Key, Row]] = {}
    for row in rows:
        key = key_of(row, columns)
        folded = tuple(part.casefold() for part in key)
        known = earlier.setdefault(folded, (key, row))
        if known[1] is not row:
            row.refuse(columns[-1], _repeat(key, *known))


def _repeat(key: Key, earlier_key: Key, earlier: Row) -> str:
    if key == earlier_key:
        return f"{' '.join(key)} is in row {earlier.line} already: keep one of the two rows."
    return (
        f"{' '.join(key)} differs from {' '.join(earlier_key)} in row {earlier.line} only in "
        "upper and lower case: write both the same or choose another code."
    )


def refuse_unknown(row: Row, columns: Sequence[str], known: Iterable[Key], file: str) -> bool:
    """Note a row that refers to what no row of another file has; says whether it is known."""
    key = key_of(row, columns)
    found = key in known
    if not found:
        row.refuse(
            columns[-1], f"{' '.join(key)!r} is not in {file}: add it there or correct it here."
        )
    return found
