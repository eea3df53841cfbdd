"""Admin pages of menus, families, items, groups, modifiers and taxes."""
