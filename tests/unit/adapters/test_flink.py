"""What is said when Flink cannot be asked, or answers with something else."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from adapters.flink import FlinkError, FlinkRest
from contracts.settings import Settings


@contextmanager
def answering(status: int, headers: dict[str, str], body: bytes) -> Iterator[str]:
    """The address of a server that answers everything alike."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def refusal(address: str) -> str:
    """The message when Flink is asked there, by a user with a password."""
    settings = Settings(flink_rest_url=f"http://me:secret@{address}")
    with pytest.raises(FlinkError) as raised, FlinkRest(settings) as rest:
        rest.get("/overview")
    message = str(raised.value)
    assert "secret" not in message
    assert f"http://{address}" in message
    return message


@pytest.mark.parametrize("address", ["127.0.0.1:1", "é..:8081"])
def test_a_flink_that_cannot_be_reached_is_told_with_its_address(address: str) -> None:
    message = refusal(address)

    assert message.startswith(f"Flink does not answer at http://{address} (")
    assert "WATTSTREAM_FLINK_REST_URL" in message


def test_an_answer_that_cannot_be_decoded_is_an_error_of_flink() -> None:
    with answering(200, {"Content-Encoding": "gzip"}, b"no gzip") as address:
        assert "Flink does not answer" in refusal(address)


def test_whoever_gives_no_json_is_not_flink() -> None:
    with answering(200, {}, b"<html>welcome</html>") as address:
        message = refusal(address)

    assert "is not Flink" in message
    assert "WATTSTREAM_FLINK_REST_URL" in message


def test_a_refusal_has_its_status_and_its_first_line() -> None:
    with answering(404, {}, b'{"errors": ["no such job\\n\\tat java"]}') as address:
        assert refusal(address).endswith("refuses GET /overview (404): no such job")
