"""Building blocks of admin pages, for every app."""
