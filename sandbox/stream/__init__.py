"""Stream's behavior: authorization, pulls, orders and received webhooks."""
