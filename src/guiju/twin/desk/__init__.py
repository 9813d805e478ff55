"""The parts of the twin of a platform's files: who drives, what was decided, held and answered, what is true of it."""
