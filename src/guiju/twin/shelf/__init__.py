"""The parts of the deposit shelf's twin: who is there, what is offered and deposited, who lends, what is true of it."""
