"""The benchmarks: `python -m benchmarks [ROW…]`. docs/benchmarks.md explains each row."""
