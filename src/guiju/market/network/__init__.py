"""A network of members who bring in members, looked at: who stands below whom, what they paid and what they live on.

Who is paid for whom over how many levels, and what counts as recruiting, is asked by the check's own questions
(`guiju.checks.network`), once; a team's numbers are then sums over a stretch of one order of all members, in which
whoever is below somebody comes directly after. So two million members are looked at without asking the records again.
"""
