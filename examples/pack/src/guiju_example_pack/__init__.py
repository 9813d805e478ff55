"""A pack for Guiju from outside: `checks/` and `rulebook/` have the shape of the house's own."""
