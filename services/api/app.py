"""The application: its routes, and what goes around them.

A route is a module of `services.api.routes` with a `router`; what it answers is a model of
`services.api.answers`. Adding one takes these two, and an entry in the matrix of who may see what
(`tests/unit/services/api/test_isolation.py`), which fails without it.
"""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.middleware import Middleware
from starlette_compress import CompressMiddleware, remove_compress_type

from contracts.settings import Settings
from services.api import pages, routes
from services.api.caller import SIGNED_IN_BY
from services.api.envelope import Envelope, Metrics
from services.api.failures import handle
from services.api.hub import Hub
from services.api.parts import Parts
from services.api.problems import ProblemDetails

VERSION = "1"
MOST_BODY_BYTES = 64 * 1024
LEAST_COMPRESSED_BYTES = 1_000

DESCRIPTION = """
What WattStream knows of meters, areas and the fleet now, what was, and what may be the matter.

- **Sign in**: `Authorization: Bearer wst_…`; `wattstream token create` makes tokens.
- **Times** are RFC 3339 with an offset, spans half-open: `start` is in them, `end` is not.
- **Units** are in the names: `demand_w`, `register_wh`; of gas and water `flow_l_per_h`,
  `register_l`. What a commodity has not is null.
- **Two clocks**: every live answer says how far the stream is, and how long that has stood still
  on the wall. `stale` values are the last that are known, and not of now.
- **Problems** are `application/problem+json`. What is unknown and what is not yours are the same
  404.
"""


def make_app(settings: Settings, parts: Parts | None = None) -> FastAPI:
    """The API of all namespaces of the stores that the settings name.

    Args:
        parts: What it is made of, where it is not of the settings alone.
    """
    made = Parts.of(settings) if parts is None else parts

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        # What is there now stays: a collection need not look at it again.
        gc.freeze()
        made.history.begin()
        async with app.state.hub:
            yield
        await made.close()

    metrics = Metrics()
    app = FastAPI(
        title="WattStream",
        version=VERSION,
        description=DESCRIPTION,
        # Their pages load scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        middleware=[
            Middleware(Envelope, metrics=metrics),
            Middleware(CompressMiddleware, minimum_size=LEAST_COMPRESSED_BYTES),
        ],
        max_body_size=MOST_BODY_BYTES,
    )
    app.state.parts = made
    app.state.metrics = metrics
    app.state.hub = Hub(made, metrics)
    handle(app)
    # Each frame of a stream is made once, for all who listen.
    remove_compress_type("text/event-stream")
    names = sorted(each.name for each in iter_modules(routes.__path__))
    routers = [import_module(f"{routes.__name__}.{name}").router for name in names]
    for router in (*routers, pages.router):
        # A router that is included looks for its route twice: whether it has one, and which.
        app.router.routes += router.routes
    app.state.routes = [route for router in routers for route in router.routes]
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


def _openapi(app: FastAPI) -> dict[str, Any]:
    """The schema, with problems in the place of the framework's own errors."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
        )
        known = schema.setdefault("components", {}).setdefault("schemas", {})
        details = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
        known |= details.pop("$defs", {})
        known[ProblemDetails.__name__] = details
        schema["components"]["securitySchemes"] = {
            name: model.model_dump(mode="json", by_alias=True, exclude_none=True)
            for name, model in SIGNED_IN_BY.items()
        }
        for unused in ("HTTPValidationError", "ValidationError"):
            known.pop(unused, None)
        app.openapi_schema = schema
    return app.openapi_schema
