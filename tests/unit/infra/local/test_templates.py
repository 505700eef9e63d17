"""Configuration files come out whole: every name has a value, and nothing is left to fill in."""

from pathlib import Path

import pytest

from contracts.settings import PROJECT, Settings
from infra.errors import StackError
from infra.local.services import services
from infra.local.templates import filled_in
from infra.settings import StackSettings


def test_every_name_is_filled_in(tmp_path: Path) -> None:
    template = tmp_path / "template"
    template.write_text("port=${port}\ndir=${dir}/data\n")

    assert filled_in(template, {"port": 1, "dir": tmp_path}) == f"port=1\ndir={tmp_path}/data\n"


@pytest.mark.parametrize(
    ("text", "message"), [("port=${port}", r"no value for \$\{port\}"), ("a $ b", "placeholder")]
)
def test_a_template_that_cannot_be_filled_in_is_named(
    tmp_path: Path, text: str, message: str
) -> None:
    template = tmp_path / "broken.conf"
    template.write_text(text)

    with pytest.raises(StackError, match=rf"broken\.conf: .*{message}"):
        filled_in(template, {})


def test_no_service_leaves_anything_to_fill_in(tmp_path: Path) -> None:
    settings, stack = Settings(data_dir=tmp_path / "data"), StackSettings(local_dir=tmp_path)

    files = {
        path: text for service in services(settings, stack) for path, text in service.files.items()
    }

    assert {path.name for path in files} >= {
        "server.properties",
        "cassandra.yaml",
        "jvm.options",
        "redis.conf",
        "postgresql.conf",
        "worker.properties",
        "config.yaml",
    }
    for path, text in files.items():
        assert "${" not in text, path
        assert str(PROJECT / ".local") not in text, path
        assert path.is_relative_to(tmp_path / "run")
