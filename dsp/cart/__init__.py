"""A guest's cart: choices checked against a menu, and exact amounts."""
