"""The tables: one file each, named after its table; its docstring says what a row is."""
