"""Holds and reviews told to the platform's own systems: signed, in order for each subject, until they are taken."""
