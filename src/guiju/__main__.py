"""`python -m guiju` is the command `guiju`."""

from guiju.cli import main

main()
