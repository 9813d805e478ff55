"""What is reckoned from a set of records while somebody looks: a room each, whose sliders change one part of its page.

A room is one GET: its address holds all that is asked, its form asks by the address, and htmx fetches the same page and
exchanges its answer. So it works without scripts, and what is seen can be sent to somebody as its address.
"""
