"""Benchmarks: what the whole thing costs, from a source's socket to a wall's pixels. Nothing here is imported elsewhere."""
