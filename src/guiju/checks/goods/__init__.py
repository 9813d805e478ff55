"""Goods: whether they may be sold, and are what they are called."""
