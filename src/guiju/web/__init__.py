"""The HTTP service: thin ways in to the rooms; needs the extra `[web]`."""
