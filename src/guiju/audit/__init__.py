"""Asks checks up to a day; the only room that runs batch queries; run folders, reports, pages."""
