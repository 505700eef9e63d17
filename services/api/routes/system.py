"""How the platform does, and whether the API itself does its work."""

from fastapi import APIRouter, Request
from redis import RedisError
from starlette.responses import JSONResponse, Response

from contracts.alerts import FEED_KINDS
from services.api.alerts import standing
from services.api.answers.shapes import Clock, moment
from services.api.answers.system import Feed, Health, Ready, System
from services.api.caller import Who, With, guarded
from services.api.system import look

router = APIRouter(tags=["system"])

LOOK_EACH_S = 5.0


@router.get("/v1/system", **guarded("read:system"))
async def system(parts: With, who: Who, request: Request) -> System:
    """Say how jobs and stores do, and whether readings come."""
    settings = parts.of_namespace(who.namespace)
    looked = await parts.kept.get(
        ("system", who.namespace), lambda: look(parts, settings), LOOK_EACH_S
    )
    found = await standing(parts, who)
    return System(
        clock=Clock.of(await parts.clock(who.namespace)),
        looked_at=moment(looked.at_ms),
        stores=looked.stores,
        jobs=looked.jobs,
        feed=[
            Feed(
                alert_id=each.id,
                subject=each.subject,
                since=moment(each.onset_ms),
                text=each.evidence.text,
            )
            for each in found.alerts
            if each.kind in FEED_KINDS and each.state != "closed"
        ],
        streams_open=request.app.state.hub.open,
    )


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
        status="ready" if redis else "away", redis=redis, cassandra=parts.cassandra.connected
    )
    return JSONResponse(ready.model_dump(), 200 if redis else 503)
