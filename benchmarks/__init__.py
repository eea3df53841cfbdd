"""The benchmarks: `python -m benchmarks [ROW…]`. What each row means is in docs/benchmarks.md."""
