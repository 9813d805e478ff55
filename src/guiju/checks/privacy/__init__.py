"""Personal information: what is asked of people, and what becomes of it."""
