"""The parts of a store network's twin: who is there, and what is on offer where."""
