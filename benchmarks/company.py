"""A benchmark is alone on its stack."""

from contracts.flink_rest import FlinkError, FlinkRest
from contracts.settings import Settings


def refuse_company(settings: Settings) -> None:
    """Nothing may run beside a benchmark.

    Raises:
        FlinkError: jobs of other namespaces do.
    """
    with FlinkRest(settings) as rest:
        others = rest.running_elsewhere(settings.namespace)
    if others:
        raise FlinkError(
            f"{', '.join(others)} run on this stack, and would be measured too: stop them first "
            "with `wattstream stop --namespace …`"
        )
