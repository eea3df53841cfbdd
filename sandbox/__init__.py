"""A stand-in for Stream that knows the contract and nothing of this POS.

It signs a merchant in through the POS's own pages, pulls locations and catalogs, sends orders
and receives webhooks, and says where an answer differs from the contract. It imports only the
standard library and `requests`, so it cannot repeat a mistake of the code it examines.
"""
