"""The API as its own tests have it, for loads on it."""

from tests.unit.services.api.conftest import api, patience, redis_url, server

__all__ = ["api", "patience", "redis_url", "server"]
