"""Which alerts are open, by their topic."""

from adapters.alert_feed import kept_alerts
from contracts.alerts import Alert
from contracts.settings import Settings


def open_alerts(settings: Settings) -> dict[str, Alert]:
    """The highest version of each alert that is open, by id.

    Raises:
        OperationError: there is no topic of alerts, or a record in it is no alert.
        confluent_kafka.KafkaException: the broker does not answer.
    """
    newest: dict[str, Alert] = {}
    for each in kept_alerts(settings):
        if each.id not in newest or newest[each.id].version < each.version:
            newest[each.id] = each
    return {an_id: each for an_id, each in newest.items() if each.state != "closed"}
