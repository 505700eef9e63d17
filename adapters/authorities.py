"""Whose certificates clients of HTTP trust."""

import ssl
from functools import cache

import httpx


@cache
def authorities() -> ssl.SSLContext:
    """Those whom `httpx` trusts by itself, read once in a process. Each client of its own would
    read the certificates of all of them again, for 50 ms, also to ask somebody by HTTP."""
    return httpx.create_ssl_context()
