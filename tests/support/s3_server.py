"""An S3 server of a test alone, which keeps objects in a folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import create_connection
from tempfile import TemporaryDirectory

from pydantic import SecretStr

from contracts.settings import S3Settings
from infra import artifacts
from infra.local.service import Service
from infra.prerequisites import require_java_home
from infra.settings import LOOPBACK, StackSettings
from tests.support.own_service import own
from tests.support.redis_server import free_port

BUCKET = "meters"
KEY, SECRET = "wattstream", "secret-of-s3"
MAIN = "org.gaul.s3proxy.Main"
LOG = """
<configuration>
  <appender name="out" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%d %-5level %msg%n</pattern></encoder>
  </appender>
  <root level="WARN"><appender-ref ref="out"/></root>
</configuration>
"""


@contextmanager
def s3_server() -> Iterator[S3Settings]:
    """Start one with an empty bucket, and stop it at the end.

    Yields:
        Settings that name it.
    """
    with TemporaryDirectory() as name:
        settings = S3Settings(
            endpoint=f"http://{LOOPBACK}:{free_port()}",
            path_style=True,
            access_key=KEY,
            secret_key=SecretStr(SECRET),
        )
        with own(_service(settings, Path(name))):
            yield settings


def _service(settings: S3Settings, folder: Path) -> Service:
    port = int(str(settings.endpoint).rpartition(":")[2])
    properties, log = folder / "s3.properties", folder / "logback.xml"
    objects = folder / "objects"
    lines = {
        "s3proxy.endpoint": settings.endpoint,
        "s3proxy.authorization": "aws-v2-or-v4",
        "s3proxy.identity": KEY,
        "s3proxy.credential": SECRET,
        "jclouds.provider": "filesystem",
        "jclouds.filesystem.basedir": objects,
    }

    def prepare() -> None:
        (objects / BUCKET).mkdir(parents=True)

    def ready() -> None:
        create_connection((LOOPBACK, port), timeout=1).close()

    return Service(
        name="s3",
        command=(
            str(require_java_home() / "bin" / "java"),
            "-Xmx256m",
            # It lives for seconds.
            *("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
            f"-Dlogback.configurationFile={log}",
            *("-cp", str(StackSettings().jvm_dir("s3") / "*")),
            *(MAIN, "--properties", str(properties)),
        ),
        environment={},
        ports={},
        log=folder / "s3.log",
        files={properties: "".join(f"{each}={lines[each]}\n" for each in lines), log: LOG},
        made_of=artifacts.inputs("s3"),
        prepare=prepare,
        ready=ready,
    )
