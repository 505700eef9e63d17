"""A connection to a broker of MQTT 5, for one thread: packets as they come, many at a time.

A client of MQTT calls for each message, and wakes a thread for each answer. Whoever takes thousands
a second takes what has come in one go, and answers it in one.
"""

import select
import socket
import ssl
import time
from collections.abc import Callable

import mqtt5

READ_BYTES = 65_536
MOST_READS = 256
"""In one go, so that whoever takes packets also comes to do what else there is. A broker puts a
message into a record of TLS of its own, and so into a read."""
ANSWERS_WITHIN_S = 10.0
"""Until it is connected, each step of the way there."""
LEAVES_WITHIN_S = 1.0
WOULD_WAIT = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Connection:
    """Open, with its CONNECT on the way. It asks by itself whether the broker is still there, so
    one that lasts reaches the broker.

    Args:
        address: Host and port.
        context: Of TLS; None without.
        now_s: A clock that never goes back.

    Raises:
        OSError: nobody answers, or TLS fails.
    """

    def __init__(
        self,
        address: tuple[str, int],
        context: ssl.SSLContext | None,
        connect: mqtt5.ConnectPacket,
        *,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._now_s = now_s
        self._socket = socket.create_connection(address, ANSWERS_WITHIN_S)
        # What is sent is not waited for: answers go out together already.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if context is not None:
            self._socket = context.wrap_socket(self._socket, server_hostname=address[0])
        self._socket.setblocking(False)
        self._out = bytearray(connect.write())
        self._in = b""
        self._may_have_more = False
        self._end: OSError | None = None
        """Why nothing more comes."""
        self._keep_alive_s = connect.keep_alive
        self._ask_s = 0.0
        self._answer_by_s: float | None = now_s() + ANSWERS_WITHIN_S
        """The broker owes an answer until then."""

    def send(self, packet: bytes) -> None:
        """Have a packet sent, as `take` is called."""
        self._out += packet

    def take(self, wait_s: float) -> list[mqtt5.Packet]:
        """Send what is to be sent, and what has come. Waits so long for something to come.

        Raises:
            OSError: the connection is lost, or what came is no MQTT. What came before that was
                taken.
        """
        if self._end is not None:
            raise self._end
        self._send()
        out = [self._socket] if self._out else []
        select.select([self._socket], out, [], 0 if self._may_have_more else wait_s)
        self._receive()
        found = self._packets()
        self._keep_alive(found)
        return found

    def leave(self) -> None:
        """Send what is to be sent, say so, and close."""
        try:
            self._socket.settimeout(LEAVES_WITHIN_S)
            self._socket.sendall(self._out + mqtt5.DisconnectPacket().write())
        except OSError:
            # It is lost already.
            pass
        self.close()

    def close(self) -> None:
        """Close it, and say nothing."""
        self._socket.close()

    def _send(self) -> None:
        try:
            while self._out:
                del self._out[: self._socket.send(self._out)]
        except WOULD_WAIT:
            pass

    def _receive(self) -> None:
        """Whatever is there, and whether it is all."""
        came = [self._in]
        self._may_have_more = True
        try:
            for _ in range(MOST_READS):
                data = self._socket.recv(READ_BYTES)
                if not data:
                    raise ConnectionError("it has closed the connection")
                came.append(data)
        except WOULD_WAIT:
            self._may_have_more = False
        except OSError as error:
            self._end = error
        self._in = b"".join(came)

    def _packets(self) -> list[mqtt5.Packet]:
        """Those that are whole."""
        view, at, found = memoryview(self._in), 0, []
        try:
            while True:
                packet, length = mqtt5.read(view[at:])
                at += length
                found.append(packet)
        except IndexError:
            self._in = self._in[at:]
        except BaseException as error:
            # Of a topic that is no UTF-8 it says so by what is no Exception.
            self._end = ConnectionError(f"it sent what is no MQTT: {error}")
        return found

    def _keep_alive(self, found: list[mqtt5.Packet]) -> None:
        """Ask whether the broker is there, and see to its answers."""
        now_s = self._now_s()
        for packet in found:
            if isinstance(packet, (mqtt5.ConnAckPacket, mqtt5.PingRespPacket)):
                if isinstance(packet, mqtt5.ConnAckPacket):
                    self._keep_alive_s = packet.server_keep_alive or self._keep_alive_s
                self._answer_by_s, self._ask_s = None, now_s + self._keep_alive_s
        if self._answer_by_s is None and now_s >= self._ask_s:
            self._out += mqtt5.PingReqPacket().write()
            self._answer_by_s = now_s + self._keep_alive_s
        elif self._answer_by_s is not None and now_s >= self._answer_by_s:
            self._end = self._end or TimeoutError("it no longer answers")
