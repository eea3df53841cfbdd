"""Admin pages for the orders of other POSs, their events and their locations."""
