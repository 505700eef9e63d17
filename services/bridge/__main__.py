"""`python -m services.bridge`: takes readings from MQTT devices until SIGTERM or Ctrl-C."""

from services.bridge.bridge import bridge
from services.program import run


def main() -> None:
    """Take readings of MQTT devices into the log of the namespace, as bridge.toml says, until
    SIGTERM or Ctrl-C. The log goes to standard error."""
    run("bridge", main.__doc__, bridge)


if __name__ == "__main__":
    main()
