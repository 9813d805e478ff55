"""The pack's families of checks."""
