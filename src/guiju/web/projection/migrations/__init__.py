"""The tables of cases, revision by revision."""
