"""Notices: those affected are told, it is proved that they were, and only then does a deadline run."""
