"""The outbox's tables, revision by revision."""
