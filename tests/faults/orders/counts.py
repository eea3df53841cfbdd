"""What a kill run comes to: every order that was answered is there once, as it was answered."""

import json
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Count

from tests.faults.stage.counts import Outcome

from .client import Client
from .shop import PLENTY, Sent, Shop


def count(outcome: Outcome, shop: Shop, orders: Sequence[Sent], client: Client) -> None:
    """Fills in the outcome; what disagrees is a problem in words.

    `sent` and `received` are orders and those that were answered; `lost` are orders that were
    answered and are not there, `duplicates` those that are there more than once.
    """
    from orders.models import Order

    kept: dict[str, list[Order]] = {}
    for order in Order.objects.filter(merchant=shop.merchant).annotate(
        line_count=Count("lines", distinct=True), event_count=Count("history", distinct=True)
    ):
        kept.setdefault(order.dsp_order_id, []).append(order)
    outcome.sent = len(orders)
    outcome.received = len(client.answers)
    outcome.lost = len(set(client.answers) - set(kept))
    outcome.duplicates = sum(len(them) - 1 for them in kept.values())
    repeats = sum(len(bodies) for bodies in client.answers.values()) - len(client.answers)
    outcome.notes += [f"{client.sendings} sendings", f"{repeats} repeats answered"]
    outcome.problems += _problems(shop, orders, client, kept)


def is_told(shop: Shop) -> bool:
    """Whether the catalog is built with the last change, and Stream was told of it."""
    from catalog.events import catalog_updated
    from catalog.models import CatalogSnapshot, Location
    from catalog.revisions.counter import with_revision
    from catalog.snapshots.service import is_fresh

    with transaction.atomic():  # What was told is noted when it is next asked whether to tell.
        location = Location.objects.select_for_update(no_key=True).get(pk=shop.location.pk)
        snapshot = CatalogSnapshot.objects.select_for_update().get(location=location)
        catalog_updated.announce(snapshot, location)
        snapshot.save()
    stored = with_revision(CatalogSnapshot.objects.filter(pk=snapshot.pk)).get()
    return is_fresh(stored) and stored.told_etag == stored.etag


def _problems(
    shop: Shop, orders: Sequence[Sent], client: Client, kept: "dict[str, list[Any]]"
) -> list[str]:
    by_mark = {sent.mark: sent for sent in orders}
    whole = {mark: them[0] for mark, them in kept.items() if mark in by_mark}
    found = {
        "refused": set(client.refused),
        "never answered": set(client.unanswered) | (set(by_mark) - set(client.answers)),
        "there, though nobody was told of them": set(kept) - set(client.answers),
        "answered differently when repeated": {
            mark for mark, bodies in client.answers.items() if len(set(bodies)) > 1
        },
        "answered otherwise than is written": {
            mark
            for mark, order in whole.items()
            if set(client.answers.get(mark, [])) != {order.answer.encode()}
            or json.loads(order.answer)["order"]["provider_id"] != str(order.pk)
        },
        "with lines missing or too many": {
            mark for mark, order in whole.items() if order.line_count != by_mark[mark].line_count
        },
        "without a history of one event": {
            mark for mark, order in whole.items() if order.event_count != 1
        },
        "not archived as accepted once": _archived_wrongly(shop),
    }
    written = [f"{len(them)} {what}: {_some(them)}" for what, them in found.items() if them]
    return written + _stock_problems(shop, [by_mark[mark] for mark in whole])


def _archived_wrongly(shop: Shop) -> set[str]:
    """The archived event is part of the order's transaction: one `accepted` for each."""
    from orders.models import InboundEvent

    accepted = InboundEvent.objects.filter(merchant=shop.merchant, outcome="accepted")
    times = accepted.values("order__dsp_order_id").annotate(times=Count("pk"))
    wrong = {str(row["order__dsp_order_id"]) for row in times if row["times"] != 1}
    missing = shop.merchant.order_set.exclude(inbound_events__outcome="accepted")
    return wrong | set(missing.values_list("dsp_order_id", flat=True))


def _stock_problems(shop: Shop, kept: Sequence[Sent]) -> list[str]:
    counts = {
        "burgers": (PLENTY - shop.left("fam_burger"), sum(sent.burgers for sent in kept)),
        "patties": (PLENTY - shop.left("mod_patty"), sum(sent.patties for sent in kept)),
        "last ones": (
            shop.sold_out - shop.left_of_last(),
            sum(b'"fam_last_' in sent.body for sent in kept),
        ),
    }
    return [
        f"{taken} {what} were taken from stock, and {ordered} were ordered"
        for what, (taken, ordered) in counts.items()
        if taken != ordered
    ]


def _some(names: set[str]) -> str:
    return ", ".join(sorted(names)[:5])
