"""How the PostgreSQL process is configured, started and asked.

It refuses to run as root: then it is the user that Debian's package makes for it, whom its data
belongs to.
"""

import os
import pwd
import shutil
import signal
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from adapters.postgres import connect_to_server
from contracts.settings import Settings, without_settings
from infra.errors import StackError
from infra.local.service import Service
from infra.local.templates import filled_in
from infra.prerequisites import require_postgres
from infra.settings import StackSettings, client_ports, stack_data_dir

TEMPLATES = tuple(Path(__file__).with_name(name) for name in ("postgresql.conf", "pg_hba.conf"))

OWNER = "postgres"
"""Who it is where it would be root."""


def service(settings: Settings, stack: StackSettings) -> Service:
    """The server with the processes that it starts."""
    port = client_ports(settings).postgres
    run_dir, data_dir = stack.run_dir("postgresql"), stack_data_dir(settings) / "postgresql"
    programs = require_postgres()
    values = {
        "port": port,
        "shared_mib": stack.postgresql_shared_mib,
        "hba": run_dir / "pg_hba.conf",
    }

    def prepare() -> None:
        if not data_dir.exists():
            _make(programs / "initdb", data_dir, urlsplit(settings.postgres.url).username)

    def ready() -> None:
        with connect_to_server(settings) as connection:
            connection.execute("SELECT 1")

    return Service(
        name="postgresql",
        command=(
            *_as_owner(),
            str(programs / "postgres"),
            *("-D", str(data_dir)),
            *("-c", f"config_file={run_dir / 'postgresql.conf'}"),
        ),
        environment={},
        ports={"WATTSTREAM_POSTGRES_URL": port},
        log=stack.log_dir / "postgresql.log",
        files={run_dir / template.name: filled_in(template, values) for template in TEMPLATES},
        made_of=(),
        prepare=prepare,
        ready=ready,
        # At TERM it would wait for its clients to leave.
        ends_by=signal.SIGINT,
    )


def _make(initdb: Path, data_dir: Path, user: str | None) -> None:
    """Have the data folder, whole or not at all."""
    unfinished = data_dir.with_name(f"{data_dir.name}.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True, mode=0o700)
    if _as_owner():
        shutil.chown(unfinished, OWNER, _owner().pw_gid)
    outcome = subprocess.run(
        [
            *_as_owner(),
            str(initdb),
            *("-D", str(unfinished), "-U", user or OWNER),
            *("--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"),
        ],
        env=without_settings(os.environ),
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )
    if outcome.returncode != 0:
        raise StackError(
            f"PostgreSQL cannot make its data folder {data_dir}; to have it elsewhere set "
            "WATTSTREAM_DATA_DIR:\n"
            f"{outcome.stdout}{outcome.stderr}"
        )
    unfinished.rename(data_dir)


def _as_owner() -> tuple[str, ...]:
    """Before a command: runs it as somebody else than root, in the same process."""
    if os.geteuid() != 0:
        return ()
    # Wherever this project lies, as below /root: it may pass through folders of others.
    reaches = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override")
    return ("setpriv", f"--reuid={OWNER}", f"--regid={OWNER}", "--clear-groups", *reaches)


def _owner() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(OWNER)
    except KeyError:
        raise StackError(
            f"PostgreSQL does not run as root, and there is no user {OWNER}: make one "
            f"(`useradd --system {OWNER}`), or run this as another user than root"
        ) from None
