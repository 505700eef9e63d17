"""A broker of MQTT 5 that says what a test has it say, to one client at a time."""

import socket
from typing import Self

import mqtt5

PATIENCE_S = 30.0


class PlayedMqtt:
    """Listens at once; use it as a context manager."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._listening.settimeout(PATIENCE_S)
        self._client: socket.socket | None = None
        self._in = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.hang_up()
        self._listening.close()

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        host, port = self._listening.getsockname()
        return host, port

    @property
    def url(self) -> str:
        """The same as settings have it."""
        return "mqtt://{}:{}".format(*self.address)

    def accept(self) -> None:
        """Take the next client instead of the one of before."""
        self.hang_up()
        self._client, _ = self._listening.accept()
        self._client.settimeout(PATIENCE_S)

    def say(self, data: bytes) -> None:
        """Send something, whether a packet or not."""
        assert self._client is not None
        self._client.sendall(data)

    def hear(self) -> mqtt5.Packet:
        """The next packet of the client.

        Raises:
            EOFError: it has closed the connection.
        """
        assert self._client is not None
        while True:
            try:
                packet, length = mqtt5.read(memoryview(self._in))
            except IndexError:
                data = self._client.recv(65_536)
                if not data:
                    raise EOFError from None
                self._in += data
            else:
                self._in = self._in[length:]
                return packet

    def hang_up(self) -> None:
        """Close the connection, and say nothing."""
        self._in = b""
        if self._client is not None:
            self._client.close()
            self._client = None
