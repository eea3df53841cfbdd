"""Opening hours: weekly windows, special days, open or closed."""
