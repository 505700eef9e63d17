"""Where the services are, and the rules of time: the settings every part reads.

Each field is an environment variable with the prefix `WATTSTREAM_` (or a line of `.env`), for
example `WATTSTREAM_KAFKA_BOOTSTRAP=broker:9092`.
"""

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT = Path(__file__).resolve().parent.parent

SLICE_MS = 5_000
"""Length of the slice, the 5 s window per meter that everything live is a view of."""

MINUTE_MS = 60_000
"""Length of the window that history keeps, aligned to epoch minutes."""

Port = Annotated[int, Field(ge=1, le=65_535)]


class Settings(BaseSettings):
    """Endpoints, namespace and rules of time; times are milliseconds."""

    model_config = SettingsConfigDict(env_prefix="WATTSTREAM_", env_file=".env", extra="ignore")

    namespace: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")] = "wattstream"
    """Prefix of topics, Redis keys and Flink job names, and the Cassandra keyspace: two namespaces
    on one stack share nothing."""

    kafka_bootstrap: str = "127.0.0.1:19092"
    redis_url: str = "redis://127.0.0.1:16379/0"
    cassandra_hosts: str = "127.0.0.1"
    """Comma-separated contact points."""
    cassandra_port: Port = 19_042
    cassandra_username: str | None = None
    cassandra_password: str | None = None
    cassandra_replication: Annotated[int, Field(ge=1)] = 1
    """Replicas of the keyspace when this project creates it."""
    flink_rest_url: str = "http://127.0.0.1:18081"
    data_dir: Path = PROJECT / ".local" / "data"
    """Recordings, the Parquet archive and the local stack's data."""
    archive_url: str | None = None
    """Where the archive is kept if not in `data_dir`; any file system the cluster knows, such as
    `s3://meters/archive`."""

    readings_partitions: Annotated[int, Field(ge=1)] = 4
    """Partitions of the readings topic when this project creates it."""

    on_time_ms: Annotated[int, Field(ge=1)] = 5_000
    """The watermark trails the arrival by this much."""
    slack_ms: Annotated[int, Field(ge=0)] = 1_000
    """How far arrivals may go back within a partition."""
    clock_skew_ms: Annotated[int, Field(ge=0)] = 10_000
    """How far a meter's clock may be ahead of the arrival."""
    correction_window_ms: Annotated[int, Field(ge=1_000)] = MINUTE_MS
    """Late readings are collected over this much arrival time into one correction row."""

    @model_validator(mode="after")
    def _slack_leaves_room(self) -> Self:
        if self.slack_ms >= self.on_time_ms:
            raise ValueError(
                f"slack_ms is {self.slack_ms} and on_time_ms is {self.on_time_ms}: no reading "
                "could ever be on time; set slack_ms below on_time_ms"
            )
        return self

    @property
    def on_time_limit_ms(self) -> int:
        """Largest lateness (arrival minus event time) of an on-time reading."""
        return self.on_time_ms - self.slack_ms

    def job_name(self, job: str) -> str:
        """Flink's name of the job ("hot" or "cold"), and its Kafka consumer group."""
        return f"{self.namespace}-{job}"

    @property
    def archive_dir(self) -> Path:
        """Parquet archive of this namespace on this machine, partitioned by event date."""
        return self.data_dir / "archive" / self.namespace

    @property
    def archive_location(self) -> str:
        """The archive as Flink is told it, a URL."""
        if self.archive_url is None:
            return self.archive_dir.absolute().as_uri()
        return f"{self.archive_url.rstrip('/')}/{self.namespace}"

    @property
    def recordings_dir(self) -> Path:
        """What simulators sent to this namespace; see `contracts.recording`."""
        return self.data_dir / "recordings" / self.namespace

    @property
    def fleets_dir(self) -> Path:
        """Registries of simulated fleets, a Parquet file for each run."""
        return self.data_dir / "fleets" / self.namespace
