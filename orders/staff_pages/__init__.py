"""Common ground of staff pages: access, base view, labels, language."""
