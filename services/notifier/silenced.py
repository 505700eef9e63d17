"""What people do not want to hear of for a while."""

from contracts.alerts import Alert
from contracts.notify_requests import Silence
from services.notifier.state import Draft, Known


def is_silenced(draft: Draft, alert: Alert, now_ms: int) -> bool:
    """Whether somebody wants an alert silent now."""
    return any(
        each.may_cover(alert, now_ms)
        and (each.incident is None or _are_together(draft, alert.id, each.incident))
        for each in draft.all(Silence)
    )


def _are_together(draft: Draft, alert_id: str, other_id: str) -> bool:
    """Whether two alerts are told in one message."""
    if alert_id == other_id:
        return True
    one, other = draft.get(Known, alert_id), draft.get(Known, other_id)
    if one is None or other is None:
        return False
    return not set(one.taken.values()).isdisjoint(other.taken.values())
