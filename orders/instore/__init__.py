"""In-store orders: walk-in and call-in orders that staff enter (contract WH, order.created)."""
