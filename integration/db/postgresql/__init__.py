"""PostgreSQL as Django has it, with less said to it on the way of every request."""
