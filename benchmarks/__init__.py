"""Benchmarks: the product's own jobs against their ceiling, their peers and the clock."""
