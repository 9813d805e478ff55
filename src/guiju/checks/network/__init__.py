"""Networks of members who bring in members: what they live on, and whether they would without newcomers."""
