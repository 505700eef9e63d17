"""`python -m infra.deploy.try_images FOLDER`: runs the steps of the Dockerfile without Docker.

Debian's minimal system, made by debootstrap, stands for the base image. Each stage is a folder; a
step runs in it by chroot, as the stage's user. Then each image is tried: its programs start, as
nobody's root. What this does not show: BuildKit's own reading of the file, layers, and what an
engine does around a container (limits, networks, a read-only root).

It needs root, on Debian, with debootstrap. Registries that this machine trusts by certificates of
its own are trusted there too.
"""

import argparse
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

from contracts.jobs import JOBS
from contracts.settings import PROJECT
from infra.deploy.dockerfile import Copy, Run, Stage, stages
from infra.errors import StackError

DOCKERFILE = PROJECT / "infra" / "deploy" / "docker" / "Dockerfile"
IGNORED = DOCKERFILE.with_name("Dockerfile.dockerignore")
SUITE = "bookworm"

TRUST = ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE")
"""Variables by which clients find certificates besides those of the system."""
OWN_CERTIFICATES = Path("/usr/local/share/ca-certificates")

TRIES: dict[str, tuple[str, ...]] = {
    "services": (
        'test "$(id -u)" = 9999',
        "test ! -w /opt/wattstream && test -w /var/lib/wattstream",
        "test ! -e .local/uv",
        "wattstream --help",
        *(
            f"python -m services.{each} --help"
            for each in sorted(path.parent.name for path in PROJECT.glob("services/*/__main__.py"))
        ),
    ),
    "connect": (
        'test "$(id -u)" = 9999',
        "/opt/java/bin/java -version",
        "! command -v javac",
        # Nobody is there, so it waits for Kafka: it is the worker's own log that says so.
        "timeout 40 python -m infra.deploy.connect 2>&1 | tee /tmp/log | grep -m1 -i bootstrap",
    ),
    "flink": (
        'test "$(id -u)" = 9999',
        "! command -v javac",
        "flink --version | grep 2.3.0",
        "/docker-entrypoint.sh wattstream submit --help",
        "ls /opt/flink/lib/arrow-serializer-*.jar /opt/flink/plugins/s3/*.jar",
        # As Kubernetes starts it: by a name on PATH.
        "command -v kubernetes-jobmanager.sh",
        "test -f /opt/flink/opt/flink-python-2.3.0.jar",
        # Nobody is there either: the job manager tells of the job, which then waits for a place.
        *(f"python -m infra.deploy.try_job {job}" for job in JOBS),
    ),
}
"""What is asked of each image, as its user; each ends with 0."""


@dataclass(slots=True)
class Trial:
    """Where the roots of stages are."""

    folder: Path
    done: dict[str, Path] = field(default_factory=dict)

    def build(self, known: dict[str, Stage], name: str) -> Path:
        """Have the root of a stage, and of those that it needs."""
        if name in self.done:
            return self.done[name]
        stage = known[name]
        root = self.folder / name
        others = [step.stage for step, *_ in stage.steps if isinstance(step, Copy) and step.stage]
        for other in others:
            self.build(known, other)
        if root.exists():
            say(f"{name}: is there already")
            self.done[name] = root
            return root
        begin = self.build(known, stage.begins_with) if stage.begins_with in known else self.base()
        fresh = self.folder / f"{name}.unfinished"
        shutil.rmtree(fresh, ignore_errors=True)
        run(("cp", "--archive", "--reflink=auto", str(begin), str(fresh)))
        for step, environment, user in stage.steps:
            say(f"{name}: {step}")
            if isinstance(step, Copy):
                self.copy(fresh, step, stage.folder)
            else:
                self.run(fresh, step, stage.folder, environment, user)
        fresh.rename(root)
        self.done[name] = root
        return root

    def base(self) -> Path:
        """Debian as its image has it, but for how small that is."""
        root = self.folder / "base"
        if root.exists():
            return root
        fresh = self.folder / "base.unfinished"
        shutil.rmtree(fresh, ignore_errors=True)
        say(f"debootstrap {SUITE}")
        run(("debootstrap", "--variant=minbase", SUITE, str(fresh)))
        for path in _trusted():
            target = fresh / path.relative_to("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
        fresh.rename(root)
        return root

    def copy(self, root: Path, step: Copy, folder: str) -> None:
        """A COPY, of the context or of another stage."""
        target = root / folder.lstrip("/") / step.target
        if step.target.startswith("/"):
            target = root / step.target.lstrip("/")
        for source in step.sources:
            if step.stage is not None:
                from_root = self.done[step.stage] / source.lstrip("/")
                target.parent.mkdir(parents=True, exist_ok=True)
                run(("cp", "--archive", "--no-target-directory", str(from_root), str(target)))
                continue
            for path in context(PROJECT, IGNORED.read_text(), source):
                to = target
                if source == "." or (PROJECT / source).is_dir():
                    to = target / path.relative_to(PROJECT / source)
                elif step.target.endswith("/"):
                    to = target / path.name
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, to)

    def run(
        self, root: Path, step: Run, folder: str, environment: dict[str, str], user: str
    ) -> None:
        """A RUN, with its caches."""
        mounts = []
        for cache in step.caches:
            kept = self.folder / "caches" / cache.strip("/").replace("/", "_")
            kept.mkdir(parents=True, exist_ok=True)
            mounts.append((kept, cache))
        in_root(root, step.command, folder, environment, user, mounts)


def context(project: Path, ignored: str, source: str) -> list[Path]:
    """The files that COPY finds below a path of the context."""
    lines = [line.strip() for line in ignored.splitlines() if line and not line.startswith("#")]
    taken = [line[1:] for line in lines if line.startswith("!")]
    left_out = [line.removeprefix("**/") for line in lines if line != "*" and line[0] != "!"]
    begin = (project / source).resolve()
    files = [begin] if begin.is_file() else sorted(begin.rglob("*"))
    found = []
    for path in files:
        relative = path.relative_to(project)
        names = (*relative.parts, *(str(each) for each in (relative, *relative.parents)))
        if relative.parts[0] not in taken or not path.is_file():
            continue
        if not any(fnmatch(name, pattern) for name in names for pattern in left_out):
            found.append(path)
    return found


def in_root(
    root: Path,
    command: str,
    folder: str,
    environment: dict[str, str],
    user: str,
    mounts: Iterable[tuple[Path, str]] = (),
) -> None:
    """Run a command of a shell in a root, with what an engine gives: /proc, /dev, names of hosts.

    Raises:
        StackError: it failed.
    """
    at = shlex.quote(str(root))
    before = [f"mount -t proc proc {at}/proc", f"mount --rbind /dev {at}/dev"]
    before += [
        f"touch {at}/etc/{name} && mount --bind /etc/{name} {at}/etc/{name}"
        for name in ("resolv.conf", "hosts")
    ]
    before += [
        f"mkdir -p {at}{target} && mount --bind {shlex.quote(str(kept))} {at}{target}"
        for kept, target in mounts
    ]
    trusted = {name: os.environ[name] for name in TRUST if name in os.environ}
    given = {"HOME": "/tmp" if user != "0:0" else "/root", **environment, **trusted}
    words = [f"{name}={value}" for name, value in given.items()]
    inside = f"cd {shlex.quote(folder)} && {command}"
    chroot = ("chroot", f"--userspec={user}", str(root), "env", "-i", *words, "sh", "-c", inside)
    script = " && ".join([*before, shlex.join(chroot)])
    run(("unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-ec", script))


def run(command: Sequence[str]) -> None:
    """A command that must not fail.

    Raises:
        StackError: it failed; what it said is above.
    """
    outcome = subprocess.run(command, check=False, stdin=subprocess.DEVNULL)
    if outcome.returncode != 0:
        raise StackError(f"exit code {outcome.returncode} of: {shlex.join(command)}")


def say(text: object) -> None:
    """What is being done, before what it prints."""
    print(f"== {text}", flush=True)


def _trusted() -> list[Path]:
    paths = [Path(os.environ[name]) for name in TRUST if name in os.environ]
    return [*(path for path in paths if path.is_file()), *OWN_CERTIFICATES.glob("*.crt")]


def main() -> None:
    """Build all images of the Dockerfile as folders, and try what is in them."""
    parser = argparse.ArgumentParser(
        prog="python -m infra.deploy.try_images", description=main.__doc__
    )
    parser.add_argument("folder", type=Path, help="some 10 GB; what is finished there is kept")
    parser.add_argument("images", nargs="*", help=f"of {', '.join(TRIES)}; all if none is named")
    arguments = parser.parse_args()
    known = stages(DOCKERFILE.read_text())
    trial = Trial(arguments.folder.resolve())
    trial.folder.mkdir(parents=True, exist_ok=True)
    try:
        if os.geteuid() != 0 or shutil.which("debootstrap") is None:
            raise StackError("be root, and install debootstrap")
        for name in arguments.images or TRIES:
            root = trial.build(known, name)
            stage = known[name]
            for command in TRIES[name]:
                say(f"{name} as {stage.user}: {command}")
                in_root(root, command, stage.folder, stage.environment, stage.user)
            say(f"{name}: {len(TRIES[name])} tries passed")
    except StackError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
