"""The life of orders: placing, hand-over, Stream's events, the clock, ends and refunds."""
