"""The admin page of the menu check."""
