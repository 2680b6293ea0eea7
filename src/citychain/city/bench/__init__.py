"""Speed beside the peers, on one machine in one run: `citychain bench` (docs/benchmarks.md)."""
