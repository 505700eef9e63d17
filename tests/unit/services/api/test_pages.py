"""The page as it is served: one document, its files, and what browsers are told of them."""

import base64
import hashlib
import re

import pytest

from infra import vendored
from services.api import pages
from tests.unit.services.api.conftest import Api


@pytest.mark.parametrize("path", ["/", "/meters/MAC000002", "/alerts/outage:f:1", "/sign-in"])
def test_every_address_of_a_view_is_the_document(api: Api, path: str) -> None:
    answer = api.get(path)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.text.startswith("<!doctype html>")
    assert api.ask("HEAD", path).status_code == 200


def test_the_document_runs_its_own_files_alone(api: Api) -> None:
    answer = api.get("/")
    policy = answer.headers["Content-Security-Policy"]
    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", answer.text, re.DOTALL)
    inline = [text for attributes, text in scripts if "src=" not in attributes]
    assert len(inline) == 1
    digest = base64.b64encode(hashlib.sha256(inline[0].encode()).digest()).decode()
    assert f"script-src 'self' 'sha256-{digest}';" in policy
    assert "unsafe" not in policy
    for rule in ("default-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"):
        assert rule in policy
    assert "style=" not in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_files_are_kept_for_ever_under_the_address_of_their_build(api: Api) -> None:
    document = api.get("/").text
    own = re.findall(r'(?:href|src)="(/assets/[^"]+)"|: "(/assets/[^"]+)"', document)
    paths = [first or second for first, second in own]
    assert len(paths) > 10
    for path in paths:
        answer = api.get(path)
        assert answer.status_code == 200, path
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    kinds = {path.rpartition(".")[2]: api.get(path).headers["Content-Type"] for path in paths}
    assert kinds["js"] == "text/javascript; charset=utf-8"
    assert kinds["css"] == "text/css; charset=utf-8"
    assert kinds["svg"].startswith("image/svg+xml")
    build = pages.page().build
    assert api.get(paths[0].replace(build, "0" * 12)).headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    ("accepts", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("gzip, br;q=0", "gzip"),
        ("identity", None),
    ],
)
@pytest.mark.parametrize("name", ["vendor/leaflet.js", "style/base.css", "data/world.json"])
def test_a_file_is_the_same_however_it_is_packed(
    api: Api, name: str, accepts: str, coding: str | None
) -> None:
    path = f"/assets/{pages.page().build}/{name}"
    answer = api.get(path, headers={"Accept-Encoding": accepts})
    assert answer.headers.get("Content-Encoding") == coding
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.content == (pages.WEB / name).read_bytes()


@pytest.mark.parametrize(
    "path",
    ["%2e%2e%2fpages.py", "..%2fpages.py", "%2e%2e/app.py", "index.html", "vendor/vendor.toml", ""],
)
def test_nothing_but_files_of_the_page_is_served(api: Api, path: str) -> None:
    answer = api.get(f"/assets/{pages.page().build}/{path}")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_who_mistypes_is_shown_the_page_and_a_program_a_problem(api: Api) -> None:
    html = {"Accept": "text/html,*/*;q=0.8"}
    page = api.get("/metres", headers=html)
    assert page.status_code == 404
    assert page.text.startswith("<!doctype html>")
    assert api.get("/metres").headers["Content-Type"] == "application/problem+json"
    assert api.get("/v1/metres", headers=html).headers["Content-Type"] == "application/problem+json"


def test_what_others_wrote_is_as_it_was_fetched() -> None:
    expected = vendored.expected()
    listed = {name for package in vendored.packages() for name in package.files}
    there = {
        path.relative_to(vendored.VENDOR).as_posix()
        for path in vendored.VENDOR.rglob("*")
        if path.is_file() and path.name not in (vendored.SUMS, "vendor.toml")
    }
    assert set(expected) == listed == there
    assert {name: vendored.digest(name) for name in listed} == expected


def test_no_file_of_the_page_asks_another_address() -> None:
    """Works offline: nothing is loaded from elsewhere, and no style is written into markup."""
    for name, (content, _) in pages.page().files.items():
        if name.startswith("vendor/"):
            continue
        text = content.decode()
        addresses = re.findall(r"https?://[^\s\"'`)]+", text)
        assert [each for each in addresses if "www.w3.org" not in each] == [], name
        assert " style=" not in text, name
