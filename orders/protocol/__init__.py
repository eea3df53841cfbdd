"""Stream's wire format of orders: schema, parser, responses (contract ORD)."""
