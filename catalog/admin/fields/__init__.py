"""Form fields and widgets of the catalog's admin pages."""
