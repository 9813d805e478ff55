"""Trades: whether they took place."""
