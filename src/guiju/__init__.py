"""Guiju (规矩): records in, a dated rule asked of them, findings with their evidence out."""

__version__ = "0.1.0"
