"""Whoever is affected is told why, is heard in time, and gets back what was held wrongly."""
