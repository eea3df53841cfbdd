"""What a new order is stored as: its number, and its rows in one exchange."""
