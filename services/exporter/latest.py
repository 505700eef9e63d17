"""What was seen last, as Prometheus asks for it: nobody who asks waits for a store."""

import threading
from collections.abc import Iterable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from services.exporter.metrics import METRICS, Metric, Sample


class Latest(Collector):
    """The newest samples of each part; for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of_parts: dict[str, tuple[Sample, ...]] = {}

    def put(self, part: str, samples: Iterable[Sample]) -> None:
        """In the place of those that it had."""
        with self._lock:
            self._of_parts[part] = tuple(samples)

    def collect(self) -> Iterator[Family]:
        """All metrics, also those of which there is no sample."""
        families = {metric.name: _family(metric) for metric in METRICS}
        with self._lock:
            found = [sample for samples in self._of_parts.values() for sample in samples]
        for metric, labels, value in found:
            families[metric.name].add_metric(labels, value)
        yield from families.values()


def _family(metric: Metric) -> CounterMetricFamily | GaugeMetricFamily:
    made = CounterMetricFamily if metric.is_counter else GaugeMetricFamily
    return made(metric.name, metric.says, labels=metric.labels)
