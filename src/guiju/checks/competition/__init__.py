"""Competition between undertakings: what changes it for good."""
