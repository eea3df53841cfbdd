"""The live menu of a store: compiled, under its updates, as guests read it; and open or closed."""
