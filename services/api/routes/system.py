"""How the platform does, and whether the API itself does its work."""

from fastapi import APIRouter, Request
from redis import RedisError
from starlette.responses import JSONResponse, Response

from services.api.alerts import standing
from services.api.answers.system import Health, Ready, System
from services.api.caller import Who, With, guarded
from services.api.system import looked_at, system_now

router = APIRouter(tags=["system"])


@router.get("/v1/system", **guarded("read:system"))
async def system(parts: With, who: Who, request: Request) -> System:
    """Say how jobs and stores do, and whether readings come."""
    looked = await looked_at(parts, who.namespace)
    found = await standing(parts, who)
    clock = await parts.clock(who.namespace)
    return system_now(looked, found.alerts, clock, request.app.state.hub.open)


@router.get("/healthz", openapi_extra={"x-scopes": None, "security": []})
async def healthz() -> Health:
    """Say that the process answers."""
    return Health(status="ok")


@router.get(
    "/readyz",
    openapi_extra={"x-scopes": None, "security": []},
    response_model=Ready,
    responses={503: {"model": Ready, "description": "Redis does not answer"}},
)
async def readyz(parts: With) -> Response:
    """Say whether the API can do its work."""
    try:
        await parts.live.client.ping()
        redis = True
    except (RedisError, OSError):
        redis = False
    ready = Ready(
        status="ready" if redis else "away", redis=redis, cassandra=parts.history.connected
    )
    return JSONResponse(ready.model_dump(), 200 if redis else 503)
