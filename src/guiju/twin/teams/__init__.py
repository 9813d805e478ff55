"""The parts of `guiju.twin.recruiting`: which teams there are, how they grow, sell, pay, and what is true of them."""
