"""Reads: each function is a SELECT that returns rows, named after what it returns."""
