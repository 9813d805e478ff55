"""Random samples of decisions, audited by people who are not told what the triggers said."""
