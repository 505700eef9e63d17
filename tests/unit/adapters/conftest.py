"""Archives on a disk and on S3."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from contracts.settings import S3Settings, Settings
from tests.support.s3_server import BUCKET, s3_server


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Settings]:
    """A server that is started for these tests."""
    with s3_server() as settings:
        yield settings


@pytest.fixture
def on_s3(s3: S3Settings, tmp_path: Path) -> Settings:
    """Settings whose archive is in a folder of its own of the server's bucket."""
    return Settings(  # type: ignore[call-arg]
        data_dir=tmp_path, archive_url=f"s3://{BUCKET}/{uuid4()}", s3=s3, _env_file=None
    )


@pytest.fixture(params=["disk", "s3"])
def archived(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings whose archive is in a folder of its own, on a disk and on S3."""
    if request.param == "disk":
        return Settings(data_dir=tmp_path, _env_file=None)  # type: ignore[call-arg]
    found: Settings = request.getfixturevalue("on_s3")
    return found
