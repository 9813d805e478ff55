"""Ratings that say how sure they are: panels of raters, and mystery shopping."""
