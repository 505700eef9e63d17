"""Who holds a port."""

from collections.abc import Mapping
from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True)
class Taken:
    """A port that another process listens on."""

    variable: str
    """The setting that names another port."""
    port: int
    pid: int | None
    """None if the system does not tell this user."""
    process: str

    def __str__(self) -> str:
        holder = self.process if self.pid is None else f"{self.process} (pid {self.pid})"
        return f"port {self.port} is taken by {holder}: end that, or set {self.variable}"


def taken(wanted: Mapping[int, str]) -> list[Taken]:
    """Those of the ports, each with the variable that names another, that some process listens on
    already."""
    found: dict[int, Taken] = {}
    for connection in psutil.net_connections(kind="tcp"):
        if connection.status != psutil.CONN_LISTEN or not connection.laddr:
            continue
        port = connection.laddr.port
        if port in wanted and port not in found:
            found[port] = Taken(wanted[port], port, connection.pid, _name(connection.pid))
    return [found[port] for port in wanted if port in found]


def _name(pid: int | None) -> str:
    if pid is None:
        return "a process of another user"
    try:
        return psutil.Process(pid).name()
    except psutil.Error:
        return "a process"
