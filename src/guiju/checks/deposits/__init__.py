"""Deposits: what banks take through platforms, at what yield, from whom, and how much hangs on it."""
