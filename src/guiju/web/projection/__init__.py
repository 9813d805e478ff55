"""Decisions as rows of a database, to be asked by subject and time: made from the journal, and made anew from it."""
