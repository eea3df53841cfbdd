"""Orders of guests: carts priced by the live menu, quotes, and requests to place an order."""
