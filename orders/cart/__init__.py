"""One order's cart: lines, modifiers, prices, and what the catalog says of them."""
