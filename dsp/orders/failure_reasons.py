"""Further consequences of the reason of a failed order (contract DSP-EV-FAIL)."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from dsp.alarm_pages import alarm_place
from dsp.menu_intake import updates
from dsp.models import ChannelOrder, ReceivedEvent, Store
from dsp.stores import turned_away
from integration.models import Alarm
from integration.monitoring import alarms

from .reports import Report

CART_REFUSED = "order_validation_error"
_OUT_OF_STOCK_FOR = timedelta(hours=2)
_SUSPECT_WITHIN = timedelta(minutes=10)
_SUSPECT_AFTER = 3


def follow(store: Store, report: Report, received: ReceivedEvent, now: datetime) -> None:
    """Do what the reason calls for; `store` is locked and the failed order is saved."""
    act = _ACTIONS.get(report.reason)
    if act is not None:
        act(store, report, received, now)


def restore_trust(store: Store) -> None:
    """End the suspicion about the store's menu: its restaurant has accepted an order."""
    if store.suspect_since is not None:
        store.suspect_since = None
        store.save(update_fields=["suspect_since"])
        alarms.resolve(Alarm.Kind.CARTS, endpoint=alarm_place(store))


def _close_for_a_while(
    store: Store, report: Report, received: ReceivedEvent, now: datetime
) -> None:
    if settings.DSP.turned_away_seconds:
        turned_away.turn_away(store, now, now + timedelta(seconds=settings.DSP.turned_away_seconds))


def _close(store: Store, report: Report, received: ReceivedEvent, now: datetime) -> None:
    turned_away.turn_away(store, now, None)
    alarms.raise_alarm(
        Alarm.Kind.BROKEN,
        endpoint=alarm_place(store),
        merchant_id=store.merchant_id,
        message=f"Stream does not know the store {store.name} and fails its orders. It is closed"
        " until Stream's next event: check its connection in Stream, then publish its menu.",
    )


def _missing(store: Store, report: Report, received: ReceivedEvent, now: datetime) -> None:
    _switch_off(store, report, received, None, "Not in the restaurant's POS: resync and publish.")


def _sold_out(store: Store, report: Report, received: ReceivedEvent, now: datetime) -> None:
    _switch_off(store, report, received, now + _OUT_OF_STOCK_FOR, "Reported out of stock.")


def _switch_off(
    store: Store, report: Report, received: ReceivedEvent, until: datetime | None, reason: str
) -> None:
    if not report.invalid_ids:
        return
    if received.pk is None:
        received.save()  # Its key orders the switch among Stream's own updates.
    updates.switch_off(store, report.invalid_ids, received.pk, until, reason)


def _suspect(store: Store, report: Report, received: ReceivedEvent, now: datetime) -> None:
    if store.suspect_since is None:
        store.suspect_since = now
        store.save(update_fields=["suspect_since"])
    if not _refuses_carts(store, now - _SUSPECT_WITHIN):
        return
    alarms.raise_alarm(
        Alarm.Kind.CARTS,
        endpoint=alarm_place(store),
        merchant_id=store.merchant_id,
        message=f"The POS of {store.name} refused {_SUSPECT_AFTER} orders in a row. Its menu and"
        " ours may differ: compare prices, resync and publish in Stream.",
    )


def _refuses_carts(store: Store, since: datetime) -> bool:
    """Return True if the store's latest three decisions since then were refusals of carts."""
    orders = ChannelOrder.objects.filter(store=store)
    # erased_at: what has just ended is not erased, and the index is of those.
    refused = orders.filter(ended_at__gte=since, erased_at=None, failure_reason=CART_REFUSED)
    latest = list(refused.order_by("-ended_at").values_list("ended_at", flat=True)[:_SUSPECT_AFTER])
    if len(latest) < _SUSPECT_AFTER:
        return False
    accepted = orders.filter(Q(ended_at=None) | Q(ended_at__gte=since), accepted_at__gte=latest[-1])
    return not accepted.exists()


_ACTIONS = {
    "restaurant_not_accepting_orders": _close_for_a_while,
    "location_not_found": _close,
    "pos_missing_items": _missing,
    "items_unavailable": _sold_out,
    CART_REFUSED: _suspect,
}
