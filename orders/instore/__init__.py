"""Orders that staff enter themselves: walk-in and call-in (contract WH, order.created)."""
