"""Where the services are, and the rules of time: the settings that several parts read.

Each field is an environment variable with the prefix `WATTSTREAM_` (or a line of `.env` in the
project's folder), for example `WATTSTREAM_KAFKA_BOOTSTRAP=broker:9092`. A store that may have a
password is a class of its own, its fields named after it (`WATTSTREAM_REDIS_URL`), so that a job is
given what it needs and no secret of another.
"""

import re
from collections.abc import Container, Iterator, Mapping
from functools import reduce
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import quote, urlsplit

from pydantic import AfterValidator, BaseModel, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from contracts.oidc import OidcSettings
from contracts.time import DAY_MS, MINUTE_MS

PROJECT = Path(__file__).resolve().parent.parent

PREFIX = "WATTSTREAM_"
"""How the names of all settings begin, of every part."""
NOTIFY_PREFIX = f"{PREFIX}NOTIFY_"
"""How the names of variables begin that a person chooses, for a channel's address or secret."""


CLOCK_BEHIND_MS = (20 * 365 + 5) * DAY_MS
"""20 years, of which 5 are leap years: no data is so old, and a `ts` in seconds is of 1970."""


def host_and_port(url: str) -> tuple[str | None, int | None]:
    """Host and port of a URL, each None if absent, both if the URL is none."""
    try:
        address = urlsplit(url)
        return address.hostname, address.port
    except ValueError:
        return None, None


def without_password(url: str) -> str:
    """A URL fit to be shown: without user, password and query."""
    # Up to the last @, since a password may hold what should have been escaped.
    return re.sub(r"^([a-z]+://)?.*@|\?.*", r"\1", url, flags=re.IGNORECASE | re.DOTALL)


def _namespace(name: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,30}", name):
        raise ValueError("a lower-case letter, then up to 30 of a-z, 0-9, _")
    return name


def _redis_url(url: str) -> str:
    if not url.startswith(("redis://", "rediss://")) or host_and_port(url)[0] is None:
        raise ValueError("give redis://HOST:PORT/DATABASE, or rediss:// for TLS")
    return url


def _postgres_url(url: str) -> str:
    if not url.startswith(("postgresql://", "postgres://")) or host_and_port(url)[0] is None:
        raise ValueError("give postgresql://USER@HOST:PORT, with a password USER:PASSWORD@")
    return url


def _http_url(url: str) -> str:
    if not url.startswith(("http://", "https://")) or host_and_port(url)[0] is None:
        raise ValueError("give http://HOST:PORT, or https:// for TLS")
    return url


def _mqtt_url(url: str) -> str:
    host, port = host_and_port(url)
    if not url.startswith(("mqtt://", "mqtts://")) or host is None or port is None:
        raise ValueError("give mqtts://HOST:PORT, or mqtt:// without TLS")
    return url


def _archive_url(url: str) -> str:
    parts = urlsplit(url)
    if not parts.scheme or parts.username is not None:
        raise ValueError(
            "give s3://BUCKET/FOLDER; keys are WATTSTREAM_S3_ACCESS_KEY and "
            "WATTSTREAM_S3_SECRET_KEY"
        )
    return url


def _brokers(addresses: str) -> str:
    for address in addresses.split(","):
        host, port = host_and_port(f"//{address}")
        if host is None or not port or not re.fullmatch(r"[^\s/@]+", address):
            raise ValueError("give HOST:PORT, several separated by commas without spaces")
    return addresses


Port = Annotated[int, Field(ge=1, le=65_535)]
LogForm = Literal["text", "json"]


class RedisSettings(BaseModel):
    """Where live state is kept."""

    url: Annotated[str, AfterValidator(_redis_url)] = "redis://127.0.0.1:16379/0"


class CassandraSettings(BaseModel):
    """Where history is kept."""

    hosts: str = "127.0.0.1"
    """Comma-separated contact points."""
    port: Port = 19_042
    username: str | None = None
    password: SecretStr | None = None
    replication: Annotated[int, Field(ge=1)] = 1
    """Replicas of the keyspace when this project creates it."""

    @property
    def address(self) -> str:
        """As people are told it."""
        return f"{self.hosts}:{self.port}"


class PostgresSettings(BaseModel):
    """Where masters, bills and the ledger are kept."""

    url: Annotated[str, AfterValidator(_postgres_url)] = "postgresql://wattstream@127.0.0.1:15432"
    """Of a user who may create databases, and replicate. A database that it names is the one that
    is asked to create those of namespaces; `postgres` if it names none."""


class S3Settings(BaseModel):
    """How buckets are reached, by all but Flink, which has its own configuration."""

    endpoint: Annotated[str, AfterValidator(_http_url)] | None = None
    """AWS if absent. It must refuse what `If-Match` and `If-None-Match` of a PUT say."""
    region: str = "us-east-1"
    path_style: bool = False
    """Whether the bucket is named in the path, not in the host, as most servers of one's own want
    it."""
    access_key: str | None = None
    """With `secret_key`; if both are absent, who asks is known as to AWS' own tools: by `AWS_…`
    variables, or the role of machine or pod."""
    secret_key: SecretStr | None = None

    @model_validator(mode="after")
    def _keys_are_two(self) -> Self:
        if (self.access_key is None) != (self.secret_key is None):
            raise ValueError("give both access_key and secret_key, or neither")
        return self


class MqttSettings(BaseModel):
    """Where devices publish their readings."""

    url: Annotated[str, AfterValidator(_mqtt_url)] = "mqtts://127.0.0.1:18883"
    username: str | None = None
    password: SecretStr | None = None
    ca_file: Path | None = None
    """Of who signed the broker's certificate; the system's if absent."""
    certificate_file: Path | None = None
    """Of this client, where the broker asks for one."""
    key_file: Path | None = None


class ApiSettings(BaseModel):
    """Where the API listens."""

    host: str = "127.0.0.1"
    """The address that it binds. Beyond this machine it is for a proxy that speaks TLS."""
    port: Port = 18_080
    metrics_port: Port = 18_082
    """For Prometheus alone: what is there is no caller's."""

    @property
    def url(self) -> str:
        """As a browser on this machine is told it."""
        return f"http://{self.host}:{self.port}"


class MetricsSettings(BaseModel):
    """Where a process tells Prometheus how it does."""

    host: str = "127.0.0.1"
    """The address that it binds; what is told there has no password."""
    port: Port | None = None
    """One for each process; who is given none tells nobody."""


class Settings(BaseSettings):
    """Endpoints, namespace and rules of time; times are milliseconds."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="_",
        env_nested_max_split=1,
        env_file=PROJECT / ".env",
        extra="ignore",
        # An address may hold a password.
        hide_input_in_errors=True,
    )

    namespace: Annotated[str, AfterValidator(_namespace)] = "wattstream"
    """Prefix of topics, Redis keys and Flink job names, the Cassandra keyspace and the PostgreSQL
    database: two namespaces on one stack share nothing."""

    kafka_bootstrap: Annotated[str, AfterValidator(_brokers)] = "127.0.0.1:19092"
    kafka_replication: Annotated[int, Field(ge=1)] = 1
    """Replicas of the topics when this project creates them."""
    redis: RedisSettings = RedisSettings()
    cassandra: CassandraSettings = CassandraSettings()
    postgres: PostgresSettings = PostgresSettings()
    s3: S3Settings = S3Settings()
    mqtt: MqttSettings = MqttSettings()
    api: ApiSettings = ApiSettings()
    metrics: MetricsSettings = MetricsSettings()
    log: LogForm = "text"
    """What a process beside Flink logs: lines for people, or a JSON object a line."""
    oidc: OidcSettings = OidcSettings()
    flink_rest_url: Annotated[str, AfterValidator(_http_url)] = Field(
        default="http://127.0.0.1:18081", repr=False
    )
    connect_url: Annotated[str, AfterValidator(_http_url)] = Field(
        default="http://127.0.0.1:18083", repr=False
    )
    """Of Kafka Connect, which captures the changes of masters."""
    notify_file: Path = PROJECT / "notify.toml"
    """Who is told of which alerts. Addresses and secrets of its channels are variables that it
    names; they begin with `NOTIFY_PREFIX`."""
    bridge_file: Path = PROJECT / "bridge.toml"
    """Which MQTT topics are of which kind of device."""

    data_dir: Path = PROJECT / ".local" / "data"
    """Recordings, the Parquet archive and the local stack's data."""
    archive_url: Annotated[str, AfterValidator(_archive_url)] | None = None
    """Where the archive is kept if not in `data_dir`, `s3://meters/archive`. Another file system
    that the cluster knows is written to, and read by nobody here."""

    readings_partitions: Annotated[int, Field(ge=1)] = 4
    """Partitions of the readings topic when this project creates it."""
    readings_timestamp_type: Literal["CreateTime", "LogAppendTime"] = "CreateTime"
    """Who stamps the arrival: the one writer of each partition, or the broker."""

    slice_ms: Annotated[int, Field(ge=1_000, multiple_of=1_000)] = 5_000
    """Length of the slice, the window per meter that everything live is a view of. Jobs cannot go
    on with another one from their savepoints."""
    on_time_ms: Annotated[int, Field(ge=1)] = 3_000
    """The watermark trails the arrival by this much: the shorter, the fresher what is live, and the
    more readings are late (docs/decisions/0013-three-seconds-on-time.md)."""
    slack_ms: Annotated[int, Field(ge=0)] = 600
    """How far arrivals may go back within a partition."""
    clock_skew_ms: Annotated[int, Field(ge=0)] = 10_000
    """How far a meter's clock may be ahead of the arrival."""
    clock_behind_ms: Annotated[int, Field(ge=0)] = CLOCK_BEHIND_MS
    """How far the event time may be behind the arrival: a replay of years is late, seconds in the
    place of milliseconds are none of a meter's."""
    period_ms: Annotated[int, Field(ge=MINUTE_MS, multiple_of=MINUTE_MS)] = 30 * MINUTE_MS
    """Length of the period, of which history keeps a row for each meter: 5, 15 or 30 min as a rule.
    Jobs cannot go on with another one from their savepoints."""
    correction_window_ms: Annotated[int, Field(ge=1_000)] = MINUTE_MS
    """Late readings are collected over this much arrival time into one correction row."""
    arrival_ahead_ms: Annotated[int, Field(ge=1)] = 5 * MINUTE_MS
    """How far an arrival that a producer stamps may be ahead of the broker's clock; the broker
    refuses one that is further. What it takes makes its partition reject all older arrivals, so
    this bounds for how long one wrong stamp does so. Faults under load and simulated runs that end
    at the present close windows by stamping `closing_ms` ahead."""
    quiet_s: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 10.0
    """Wall-clock time without a record after which the pacemaker writes heartbeats into a partition
    while others go on. A writer that stamps arrivals itself must be back sooner after a hiccup, or
    what it kept is rejected as `arrival_went_back`."""

    interim_s: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 300.0
    """How often what a running month has cost so far is settled again, while somebody wants it."""

    @model_validator(mode="after")
    def _slack_leaves_room(self) -> Self:
        if self.slack_ms >= self.on_time_ms:
            raise ValueError(
                f"slack_ms is {self.slack_ms} and on_time_ms is {self.on_time_ms}: no reading "
                "could ever be on time; set slack_ms below on_time_ms"
            )
        return self

    @model_validator(mode="after")
    def _late_is_no_broken_clock(self) -> Self:
        if self.clock_behind_ms < self.on_time_limit_ms:
            raise ValueError(
                f"clock_behind_ms is {self.clock_behind_ms}: it would reject readings that are on "
                f"time; set it to {self.on_time_limit_ms} (on_time_ms - slack_ms) or more"
            )
        return self

    @model_validator(mode="after")
    def _slices_make_minutes(self) -> Self:
        if MINUTE_MS % self.slice_ms:
            raise ValueError(
                f"slice_ms is {self.slice_ms}, which does not divide a minute: give 1000, 2000, "
                "5000 or another divisor of 60000 that is whole seconds"
            )
        return self

    @property
    def closing_ms(self) -> int:
        """So long after the last arrival every window with it has closed."""
        return self.on_time_ms + self.slack_ms + 2 * MINUTE_MS + self.correction_window_ms

    @model_validator(mode="after")
    def _periods_make_days(self) -> Self:
        if DAY_MS % self.period_ms:
            raise ValueError(
                f"period_ms is {self.period_ms}, which does not divide a day: give 300000, 900000, "
                "1800000 or another divisor of 86400000 that is whole minutes"
            )
        return self

    @property
    def on_time_limit_ms(self) -> int:
        """Largest lateness (arrival minus event time) of an on-time reading."""
        return self.on_time_ms - self.slack_ms

    def job_name(self, job: str) -> str:
        """Flink's name of one of `contracts.jobs.JOBS`, `REFERENCES` or `BATCHES`, and a job's
        Kafka consumer group."""
        return f"{self.namespace}-{job}"

    @property
    def archive_dir(self) -> Path:
        """Parquet archive of this namespace on this machine, partitioned by event date."""
        return self.data_dir / "archive" / self.namespace

    @property
    def archive_address(self) -> str:
        """The archive as people are told it."""
        return str(self.archive_dir) if self.archive_url is None else self.archive_location

    @property
    def archive_copies_dir(self) -> Path:
        """What was read lately of an archive that is elsewhere."""
        return self.data_dir / "archive-copies" / quote(self.archive_location, safe="")

    @property
    def archive_location(self) -> str:
        """The archive as Flink is told it, a URL."""
        if self.archive_url is None:
            return file_url(self.archive_dir)
        return f"{self.archive_url.rstrip('/')}/{self.namespace}"

    @property
    def recordings_dir(self) -> Path:
        """What simulators sent to this namespace; see `contracts.recording`."""
        return self.data_dir / "recordings" / self.namespace

    @property
    def imports_dir(self) -> Path:
        """What this namespace has of files, and reports of what could not be used of them."""
        return self.data_dir / "imports" / self.namespace

    @property
    def fleets_dir(self) -> Path:
        """Registries of simulated fleets, a Parquet file for each run."""
        return self.data_dir / "fleets" / self.namespace

    @property
    def batches_dir(self) -> Path:
        """What batches over the archive read and write while they run."""
        return self.data_dir / "batches" / self.namespace

    @property
    def models_dir(self) -> Path:
        """Models that judge this namespace's hours; see `contracts.models`."""
        return self.data_dir / "models" / self.namespace

    @property
    def job_package(self) -> Path:
        """The code that is submitted with this namespace's jobs."""
        return self.data_dir / "jobs" / f"{self.namespace}.zip"


def file_url(path: Path) -> str:
    """A path as Flink reads it: a URL, but nothing in it is escaped."""
    return f"file://{path.absolute()}"


def without_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment for a process of another part, which is given its own settings by name."""
    return {
        name: value
        for name, value in environment.items()
        # Settings are read whatever their case.
        if not name.upper().startswith(PREFIX)
    }


def of_channels(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables of an environment that are addresses and secrets of the notifier's channels, by
    names that a person chose."""
    settings = names(Settings)
    return {
        name: value
        for name, value in environment.items()
        if name.upper().startswith(NOTIFY_PREFIX) and name.upper() not in settings
    }


def names(part: type[BaseSettings]) -> frozenset[str]:
    """The variables of a part's settings."""
    return frozenset(name for name, _ in _fields(part, part.model_config["env_prefix"]))


def variables(part: BaseSettings, wanted: Container[str]) -> dict[str, str]:
    """A part's settings as the environment has them; what is None is left out.

    Args:
        wanted: Names of the variables: a process is given what it needs, as usual or not, for it
            may find another value in a file.
    """
    return {name: text for name, text, _ in _values(part) if name in wanted}


def changed(part: BaseSettings) -> dict[str, str]:
    """As `variables`, those that differ from their defaults."""
    return {name: text for name, text, usual in _values(part) if text != usual}


def _values(part: BaseSettings) -> Iterator[tuple[str, str, str | None]]:
    """Name, text and default of each variable that has a value."""
    usual = type(part).model_construct()
    for name, path in _fields(type(part), part.model_config["env_prefix"]):
        if (text := _text(reduce(getattr, path, part))) is not None:
            yield name, text, _text(reduce(getattr, path, usual))


def _text(value: Any) -> str | None:  # noqa: ANN401
    secret = isinstance(value, SecretStr)
    return None if value is None else str(value.get_secret_value() if secret else value)


def _fields(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Variable and path of each field, those of models in it included."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            within = _fields(kind, f"{prefix}{name.upper()}_")
            yield from ((variable, (name, *path)) for variable, path in within)
        else:
            yield f"{prefix}{name.upper()}", (name,)
