"""The control-room page: one document for all of its addresses, and the files that it loads.

Nothing is built: browsers load the modules as they stand in `services/api/web`. All files are below
an address that has a digest of all of them, and may be kept for ever; the document is asked for
again each time.
"""

import asyncio
import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import brotli
from fastapi import APIRouter, Request
from starlette.responses import Response

from services.api.problems import ProblemError

WEB = Path(__file__).parent / "web"
DOCUMENT = "index.html"
DOCS = "docs.html"
"""Shows what `/openapi.json` says, and has a form to try each address."""
MEDIA_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
"""Of the files that are served; what the system takes them for is otherwise here and there."""
ADDRESSES = (
    "/",
    "/account",
    "/alerts",
    "/alerts/{alert_id}",
    "/areas/{geohash}",
    "/bills",
    "/bills/{number}",
    "/meters",
    "/meters/{meter_id}",
    "/notifications",
    "/settlement",
    "/sign-in",
    "/states",
    "/system",
    "/top",
)
"""Of views; which one is shown, the page itself finds out."""

MOST_PACKED_BYTES = 500_000
"""A larger file would take seconds to be packed: it is compressed as answers are."""

_IMPORT_MAP = '<script type="importmap">', "</script>"

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Page:
    """The document, and what it loads."""

    build: str
    """Of what all files are."""
    document: bytes
    policy: str
    """Of the document: what may be loaded and run."""
    docs: bytes
    """The document of the API's addresses."""
    files: dict[str, tuple[bytes, str]]
    """By their paths below `web`: what they hold, and of which type that is."""


@cache
def page() -> Page:
    """The page as it was when it was first asked for."""
    files = {}
    whole = hashlib.sha256()
    for path in sorted(WEB.rglob("*")):
        if path.suffix in MEDIA_TYPES:
            name, content = path.relative_to(WEB).as_posix(), path.read_bytes()
            files[name] = content, f"{MEDIA_TYPES[path.suffix]}; charset=utf-8"
            whole.update(f"{name} {len(content)} ".encode() + content)
    build = whole.hexdigest()[:12]
    document = (WEB / DOCUMENT).read_text().replace("{build}", build)
    begin, end = _IMPORT_MAP
    import_map = document.partition(begin)[2].partition(end)[0]
    digest = base64.b64encode(hashlib.sha256(import_map.encode()).digest()).decode()
    policy = (
        f"default-src 'self'; script-src 'self' 'sha256-{digest}'; style-src 'self'; "
        "img-src 'self' data:; connect-src 'self'; object-src 'none'; frame-ancestors 'none'; "
        "base-uri 'none'; form-action 'self'"
    )
    docs = (WEB / DOCS).read_text().replace("{build}", build)
    return Page(build, document.encode(), policy, docs.encode(), files)


async def document() -> Response:
    """The document of the page."""
    return shown(200)


def shown(status: int) -> Response:
    """The document, also for an address of no view, of which the page says so."""
    made = page()
    headers = {"Content-Security-Policy": made.policy, "Cache-Control": "no-cache"}
    return Response(made.document, status, media_type="text/html", headers=headers)


def is_for_people(request: Request) -> bool:
    """Whether somebody looks for a page, and not a program for an answer."""
    path = request.url.path
    accepts = request.headers.get("accept", "")
    return (
        request.method in ("GET", "HEAD") and "text/html" in accepts and not path.startswith("/v1")
    )


DOCS_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


@router.get("/docs")
async def docs() -> Response:
    """The document of the API's addresses, which loads nothing from elsewhere."""
    headers = {"Content-Security-Policy": DOCS_POLICY, "Cache-Control": "no-cache"}
    return Response(page().docs, media_type="text/html", headers=headers)


for _address in ADDRESSES:
    router.add_api_route(_address, document, methods=["GET", "HEAD"])


@router.api_route("/assets/{build}/{path:path}", methods=["GET", "HEAD"])
async def asset(request: Request, build: str, path: str) -> Response:
    """A file that the page loads; of another build than this one it is not kept."""
    made = page()
    if path not in made.files:
        raise ProblemError("not-found")
    content, media_type = made.files[path]
    kept = "public, max-age=31536000, immutable" if build == made.build else "no-cache"
    headers = {"Content-Type": media_type, "Cache-Control": kept}
    if len(content) <= MOST_PACKED_BYTES and takes_brotli(request):
        content = await asyncio.to_thread(packed, content)
        headers |= {"Content-Encoding": "br", "Vary": "Accept-Encoding"}
    return Response(content, headers=headers)


def takes_brotli(request: Request) -> bool:
    """Whether it says so plainly, as browsers do; one with weights is answered as any other is."""
    accepts = request.headers.get("accept-encoding", "")
    return "br" in [each.strip() for each in accepts.split(",")]


@cache
def packed(content: bytes) -> bytes:
    """As small as Brotli makes it, which is too slow to be done for each request."""
    small: bytes = brotli.compress(content, quality=11)
    return small
