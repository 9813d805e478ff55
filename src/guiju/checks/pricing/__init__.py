"""Prices: below cost, against a reference, against other customers."""
