"""Care: whether who treats and advises people may."""
