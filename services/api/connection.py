"""A connection of the server, which an answer may cut."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

ABORT = "abort"
"""Of a request's state: a function that ends its connection, whatever is still to be sent."""


class Connection(HttpToolsProtocol):
    """Hands requests the end of their connection.

    The server's own way to close one waits until all is sent, which is for ever if nobody reads.
    """

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self.scope["state"][ABORT] = self.transport.abort
