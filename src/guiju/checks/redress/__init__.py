"""Redress: what a platform holds of people's money, how it stops their work, what it tells them, how it hears them."""
