"""REST endpoints of locations, catalog and availability (contract LOC, CON, CAT)."""
