"""The distance between two points, computed once, when an event is admitted."""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt

EARTH_KM = 6371.0088  # mean radius, IUGG


def haversine_m(latitude: float, longitude: float, to_latitude: float, to_longitude: float) -> int:
    """The great-circle distance of two points given in degrees, in whole metres (error of the sphere: up to 0.5 %)."""
    north, south = radians(latitude), radians(to_latitude)
    part = sin((south - north) / 2) ** 2
    part += cos(north) * cos(south) * sin(radians(to_longitude - longitude) / 2) ** 2
    return round(2000 * EARTH_KM * asin(min(1.0, sqrt(part))))
