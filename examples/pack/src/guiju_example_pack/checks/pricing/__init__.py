"""Prices: reductions that never end."""
