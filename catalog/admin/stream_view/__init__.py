"""The admin page "As Stream sees it"."""
