"""Synthetic markets whose truth is known, to measure an audit by; they know records and no other room."""
