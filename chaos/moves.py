"""Tenants who come, move and go in the masters, whatever dies meanwhile."""

import threading
from random import Random

import psycopg

from adapters.postgres import connect
from contracts.settings import Settings

TENANTS, CUSTOMERS = 200, 9
LEAVES = 0.2
"""Of moves, how many leave nobody."""
BETWEEN_S = 0.01
AWAY_S = 0.2
"""From a connection that was lost to the next one."""


class Moves:
    """A move at a time, each a transaction, in a thread. Use it as a context manager."""

    def __init__(self, settings: Settings, seed: int) -> None:
        self._settings = settings
        self._rng = Random(seed)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name="chaos-moves", daemon=True)
        self.committed = 0
        """Moves of which PostgreSQL said so."""
        self.interrupted = 0
        """Of which it did not: it may have committed them or not."""
        self.left = 0
        """Of those that were committed, how many took a tenant away."""

    def __enter__(self) -> "Moves":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _go_on(self) -> None:
        while not self._stop.is_set():
            try:
                with connect(self._settings) as connection:
                    while not self._stop.wait(BETWEEN_S):
                        self.left += self._move(connection)
                        self.committed += 1
            except psycopg.OperationalError:
                # PostgreSQL may be what is harmed.
                self.interrupted += 1
                self._stop.wait(AWAY_S)

    def _move(self, connection: psycopg.Connection) -> int:
        """How many tenants have left by it."""
        tenant = f"chaos-{self._rng.randrange(TENANTS)}"
        if self._rng.random() < LEAVES:
            gone = connection.execute("DELETE FROM tenant WHERE tenant_id = %s", [tenant])
            return gone.rowcount
        connection.execute(
            "INSERT INTO tenant VALUES (%(tenant)s, %(customer)s) "
            "ON CONFLICT (tenant_id) DO UPDATE SET customer_id = %(customer)s",
            {"tenant": tenant, "customer": self._rng.randint(1, CUSTOMERS)},
        )
        return 0
