"""The pages of those affected: their case by its link, what they say to it, and what they are told if it cannot be."""
