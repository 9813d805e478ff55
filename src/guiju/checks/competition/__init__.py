"""Competition between undertakings: what changes it for good, and prices that no longer compete."""
