"""The gate in the console: its triggers, its decisions as they are made, two versions, and promotion with four eyes."""
