"""Alembic's revisions of the console's tables."""
