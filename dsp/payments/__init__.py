"""Payments of orders: their proof, and what their payment side still has to do."""
