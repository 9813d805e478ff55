"""The tables of the console, revision by revision."""
