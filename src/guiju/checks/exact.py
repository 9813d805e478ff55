"""Sums that do not depend on the order of rows, nor on how many threads took part: they are of decimals."""

EXACT = "decimal(38, 15)"  # of what is added up; its integer part has 23 digits


def ratio(of, by):
    """One such sum by another, as a floating-point number."""
    return of.cast("float64") / by.cast("float64")
