"""A broker of Kafka's that is played, for what a real one does only now and then: it answers who it
is, or that there is none, and what topic there is."""

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Thread

API_VERSIONS, METADATA = 18, 3
KNOWN = ((API_VERSIONS, 0, 0), (METADATA, 1, 1))
"""Requests that it takes, each with its lowest and highest version."""
UNSUPPORTED_VERSION, LEADER_NOT_AVAILABLE = 35, 5
TOPIC = b"t"


@dataclass
class PlayedKafka:
    """Where it is, and what it is to answer."""

    listening: socket.socket
    without_brokers: int = 0
    """So many answers more say that there is no broker."""
    clients: list[socket.socket] = field(default_factory=list)

    @property
    def port(self) -> int:
        """Of 127.0.0.1."""
        return int(self.listening.getsockname()[1])

    def hang_up(self) -> None:
        """End all connections, as a broker does that starts again."""
        clients, self.clients = self.clients, []
        for client in clients:
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)

    def accept(self) -> None:
        """Serve whoever comes, until it is closed."""
        with suppress(OSError):
            while True:
                client, _ = self.listening.accept()
                self.clients.append(client)
                Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError), client, client.makefile("rb") as asked:
            while len(length := asked.read(4)) == 4:
                request = asked.read(*struct.unpack(">i", length))
                kind, version, number = struct.unpack_from(">hhi", request)
                answer = self._metadata() if kind == METADATA else _api_versions(version)
                client.sendall(struct.pack(">ii", len(answer) + 4, number) + answer)

    def _metadata(self) -> bytes:
        """Version 1: brokers, controller, topics with their partitions."""
        if self.without_brokers:
            self.without_brokers -= 1
            return _many() + struct.pack(">i", -1) + _many(_topic(LEADER_NOT_AVAILABLE, -1))
        broker = struct.pack(">i", 1) + _text(b"127.0.0.1") + struct.pack(">ih", self.port, -1)
        return _many(broker) + struct.pack(">i", 1) + _many(_topic(0, 1))


@contextmanager
def played_kafka() -> Iterator[PlayedKafka]:
    """One that answers on a free port of 127.0.0.1."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        broker = PlayedKafka(listening)
        Thread(target=broker.accept, daemon=True).start()
        yield broker
        broker.hang_up()


def _api_versions(asked: int) -> bytes:
    said = [struct.pack(">hhh", *each) for each in KNOWN]
    return struct.pack(">h", UNSUPPORTED_VERSION if asked else 0) + _many(*said)


def _topic(error: int, leader: int) -> bytes:
    replicas = _many(struct.pack(">i", 1))
    partition = struct.pack(">hii", error, 0, leader) + replicas + replicas
    return struct.pack(">h", error) + _text(TOPIC) + b"\0" + _many(partition)


def _text(said: bytes) -> bytes:
    return struct.pack(">h", len(said)) + said


def _many(*those: bytes) -> bytes:
    return struct.pack(">i", len(those)) + b"".join(those)
