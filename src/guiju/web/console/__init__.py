"""The console: pages for whoever works with findings and cases, over the rooms that exist."""
