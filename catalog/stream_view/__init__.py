"""A readable view of what Stream reads: the menu as customers see it, and what has changed.

Everything comes from the stored bytes of Get Catalog (contract CAT), never from the menu's tables,
so it shows what is really sent.
"""
