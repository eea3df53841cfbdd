"""What Stream reads, made readable for people: the menu as customers meet it, and what differs.

All of it comes from the stored bytes of Get Catalog (contract CAT), never from the menu's own
tables, so that it shows what really goes out.
"""
