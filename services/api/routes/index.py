"""What there is, and what problems mean."""

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse

from services.api.answers.index import Endpoint, Index
from services.api.caller import problems
from services.api.problems import MEANINGS, Kind

router = APIRouter(tags=["index"])

_OPEN: dict[str, object] = {"x-scopes": None, "security": []}


@router.get("/v1", openapi_extra=_OPEN)
async def index(request: Request) -> Index:
    """List what can be asked."""
    paths = request.app.openapi()["paths"]
    return Index(
        items=[
            Endpoint(
                method=method.upper(),
                path=path,
                about=" ".join(operation["description"].partition("\n\n")[0].split()),
                scopes=operation.get("x-scopes"),
            )
            for path, operations in paths.items()
            for method, operation in operations.items()
        ]
    )


@router.get(
    "/problems/{kind}",
    response_class=PlainTextResponse,
    responses=problems("not-valid"),
    openapi_extra=_OPEN,
)
async def problem(kind: Kind) -> str:
    """Say what a problem means, and what to do."""
    meaning = MEANINGS[kind]
    return f"{meaning.status} {meaning.title}\n\n{meaning.advice}\n"
