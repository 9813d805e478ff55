"""Statistics that weigh evidence: one file a method; numbers in, numbers out; no law, no platform."""
