"""One list of images: of the versions that the local stack has, and pinned by asking alone."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from contracts.settings import PROJECT
from infra.deploy import images as module
from infra.deploy.images import Image, images, pin, pinned
from infra.errors import StackError
from infra.prerequisites import DEBIAN_PACKAGES
from tests.unit.infra.deploy.manifests import COMPOSE, DEPLOY, OVERLAYS, compose, pods

MAVEN = "{http://maven.apache.org/POM/4.0.0}"
DIGEST = f"sha256:{'0123456789abcdef' * 4}"


def test_stores_are_of_the_versions_that_the_local_stack_has() -> None:
    pom = ET.parse(PROJECT / "infra" / "local" / "pom.xml")
    version = {
        each.tag.removeprefix(MAVEN): each.text for each in pom.find(f"./{MAVEN}properties") or ()
    }
    listed = images((DEPLOY / "images.env").read_text())

    assert listed["IMAGE_KAFKA"].tag == version["kafka.version"]
    assert listed["IMAGE_ZOOKEEPER"].tag == version["zookeeper.version"]
    assert listed["IMAGE_CASSANDRA"].tag == version["cassandra.version"]
    assert DEBIAN_PACKAGES["postgres"] == f"postgresql-{listed['IMAGE_POSTGRES'].tag}"


def test_no_image_is_of_a_tag_that_says_nothing() -> None:
    listed = images((DEPLOY / "images.env").read_text())
    assert all(re.match(r"v?\d", each.tag) for each in listed.values())


def test_compose_and_kubernetes_name_images_of_the_list_and_our_own() -> None:
    listed = {str(each) for each in images((DEPLOY / "images.env").read_text()).values()}
    own = {f"wattstream-{target}" for target in ("services", "flink", "connect")}
    assert own == {each["image"] for each in compose("build.yaml")["services"].values()}

    assert {each["image"] for each in compose()["services"].values()} <= listed | own
    for name in OVERLAYS:
        for title, pod in pods(name).items():
            for container in pod["spec"]["containers"]:
                image = container["image"]
                mine = Image.parse(image).name.removeprefix("registry.example/")
                assert image in listed or mine in own, f"{title} of {name}: {image}"


@pytest.mark.parametrize(
    ("reference", "parsed"),
    [
        ("debian:12-slim", Image("debian", "12-slim")),
        (f"apache/kafka:4.1.0@{DIGEST}", Image("apache/kafka", "4.1.0", DIGEST)),
        ("registry.example:5000/a/b:1", Image("registry.example:5000/a/b", "1")),
    ],
)
def test_a_reference_has_a_tag_and_maybe_a_digest(reference: str, parsed: Image) -> None:
    assert Image.parse(reference) == parsed
    assert str(parsed) == reference


@pytest.mark.parametrize(
    "reference", ["debian", "debian:", f"debian@{DIGEST}", "debian:12@sha256:1"]
)
def test_what_is_no_reference_is_told(reference: str) -> None:
    with pytest.raises(StackError, match=r"is no image: give NAME:TAG"):
        Image.parse(reference)


def test_pinning_leaves_all_else_and_asks_again_for_what_was_pinned() -> None:
    text = (
        "# IMAGE_X=left:1\n"
        "IMAGE_DEBIAN=debian:12-slim\n"
        f"IMAGE_REDIS=redis:7.0@sha256:{'f' * 64}\n"
        "          image: redis:7.0\n"
        "          image: wattstream-flink\n"
    )

    assert pinned(text, lambda _: DIGEST) == (
        "# IMAGE_X=left:1\n"
        f"IMAGE_DEBIAN=debian:12-slim@{DIGEST}\n"
        f"IMAGE_REDIS=redis:7.0@{DIGEST}\n"
        f"          image: redis:7.0@{DIGEST}\n"
        "          image: wattstream-flink\n"
    )


def test_one_that_is_not_to_be_had_leaves_all_unpinned() -> None:
    before = {path: path.read_text() for path in module.files()}
    asked = []

    def digest_of(image: Image) -> str:
        asked.append(image.name)
        if image.name == "redis":
            raise StackError("the registry does not know it")
        return DIGEST

    with pytest.raises(StackError, match="does not know it"):
        pin(digest_of)

    assert len(asked) == len(set(asked))
    assert {path: path.read_text() for path in module.files()} == before


def test_a_digest_is_what_docker_says_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker = tmp_path / "docker"
    docker.write_text(
        f'#!/bin/sh\n[ "$4" = redis:7.0 ] && echo {DIGEST} && exit\n'
        'echo "no such manifest" >&2\nexit 1\n'
    )
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    assert module.ask(Image("redis", "7.0", f"sha256:{'f' * 64}")) == DIGEST
    with pytest.raises(StackError, match=r"no digest of debian:12: no such manifest"):
        module.ask(Image("debian", "12"))


def test_the_folder_of_compose_keeps_no_secrets() -> None:
    ignored = (PROJECT / ".gitignore").read_text().splitlines()
    assert "infra/deploy/compose/secrets.env" in ignored
    assert set((COMPOSE / "secrets.env.example").read_text().splitlines()) >= {
        "REDIS_PASSWORD=",
        "POSTGRES_PASSWORD=",
    }
