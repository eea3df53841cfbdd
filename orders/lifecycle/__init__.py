"""An order after intake: acceptance, transitions, stock, history."""
