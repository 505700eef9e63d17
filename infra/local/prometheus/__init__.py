"""Prometheus: watches the stack where somebody wants it to, by the rules of `infra/watched/`."""
