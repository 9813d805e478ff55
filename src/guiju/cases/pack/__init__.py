"""The evidence pack: a case as one folder and one printable page, for mediation or court, checked without Guiju."""

from guiju.cases.pack.packing import Packed, pack

__all__ = ["Packed", "pack"]
