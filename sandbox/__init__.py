"""A stand-in for Stream that knows the contract but not this POS.

It signs in a merchant through the POS's own pages, pulls locations and catalogs, sends orders,
receives webhooks, and reports where an answer violates the contract. It imports only the standard
library and `requests`, so it cannot share a bug with the code it tests.
"""
