"""On what terms a platform deals with those who trade on it."""
