"""A bridge beside that of the stack, into a namespace of its own, which may be killed."""

import os
import subprocess
import sys
import time

import psutil

from adapters.mqtt import require_answer, session_name
from contracts.errors import OperationError
from contracts.settings import PREFIX, Settings, variables, without_settings
from infra.local.mosquitto.service import as_bridge, variables_of_bridge
from infra.settings import StackSettings

BEGINS_WITHIN_S = 180.0
ENDS_WITHIN_S = 20.0
POLL_S = 0.5
SUBSCRIBES_WITHIN_S = 2.0
"""After its first checkpoint, which it keeps once it is connected."""
NEEDS = tuple(f"{PREFIX}{each}" for each in ("KAFKA_BOOTSTRAP", "DATA_DIR", "MQTT_URL"))


class OwnBridge:
    """`python -m services.bridge`; `forget` before it begins for the first time.

    Args:
        settings: Of the stack, with the namespace that readings go to.
        name: As the file has it; its log and its own folder are called so, too.
        file: What its `bridge.toml` says.
    """

    def __init__(self, settings: Settings, name: str, file: str) -> None:
        stack = StackSettings()
        self._settings = settings
        self._file = stack.run_dir(f"bridge-{name}") / "bridge.toml"
        self._log = stack.log_dir / f"bridge-{name}.log"
        self._checkpoint = settings.data_dir / "bridge" / f"{settings.namespace}-{name}.json"
        self._process: subprocess.Popen[bytes] | None = None
        self._text = file
        self._session = session_name(settings.namespace, name)

    def forget(self) -> None:
        """Have it begin with nothing: what waits at the broker for one of before is dropped.

        Raises:
            OperationError, OSError: the broker does not answer.
        """
        self._checkpoint.unlink(missing_ok=True)
        require_answer(as_bridge(self._settings), self._session)

    def begin(self) -> None:
        """Start it."""
        for path in (self._file, self._log):
            path.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text(self._text)
        environment = without_settings(os.environ) | variables(self._settings, NEEDS)
        environment |= variables_of_bridge(self._settings)
        environment[f"{PREFIX}NAMESPACE"] = self._settings.namespace
        environment[f"{PREFIX}BRIDGE_FILE"] = str(self._file)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "services.bridge"], env=environment, stderr=log
            )

    def await_session(self) -> None:
        """Wait until it has subscribed for the first time: messages of before are nobody's.

        Raises:
            OperationError: it does not begin; names its log.
        """
        deadline_s = time.monotonic() + BEGINS_WITHIN_S
        while not self._checkpoint.exists():
            if time.monotonic() > deadline_s:
                raise OperationError(f"the bridge does not begin, see {self._log}")
            time.sleep(POLL_S)
        time.sleep(SUBSCRIBES_WITHIN_S)

    def kill(self) -> None:
        """Let it die at once."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def end(self) -> None:
        """Tell it to end, if it runs, and wait until it has."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(ENDS_WITHIN_S)

    def cpu_s(self) -> float:
        """What the process has used of a processor since it began, user and system."""
        assert self._process is not None
        used = psutil.Process(self._process.pid).cpu_times()
        return float(used.user + used.system)
