"""An order's states after intake: acceptance, transitions, stock, history."""
