"""The result of a kill run: every answered order must be stored once, as it was answered."""

import json
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Count

from tests.faults.stage.counts import Outcome

from .client import Client
from .shop import AMPLE_STOCK, SentOrder, Shop


def count(outcome: Outcome, shop: Shop, orders: Sequence[SentOrder], client: Client) -> None:
    """Fill in the outcome and describe every inconsistency as a problem.

    `sent` counts all orders, `received` the answered ones, `lost` the answered ones that are not
    stored, and `duplicates` the surplus copies of orders stored more than once.
    """
    from orders.models import Order

    stored: dict[str, list[Order]] = {}
    for order in Order.objects.filter(merchant=shop.merchant).annotate(
        line_count=Count("lines", distinct=True), event_count=Count("history", distinct=True)
    ):
        stored.setdefault(order.dsp_order_id, []).append(order)
    outcome.sent = len(orders)
    outcome.received = len(client.answers)
    outcome.lost = len(set(client.answers) - set(stored))
    outcome.duplicates = sum(len(copies) - 1 for copies in stored.values())
    repeats = sum(len(bodies) for bodies in client.answers.values()) - len(client.answers)
    outcome.notes += [f"{client.requests_sent} requests", f"{repeats} repeats answered"]
    outcome.problems += _problems(shop, orders, client, stored)


def is_stream_notified(shop: Shop) -> bool:
    """Check that the catalog includes the last change and that Stream was notified."""
    from catalog.events import catalog_updated
    from catalog.models import CatalogSnapshot, Location
    from catalog.revisions.counter import with_revision
    from catalog.snapshots.service import is_fresh

    with transaction.atomic():  # announce() also records the notification that was delivered.
        location = Location.objects.select_for_update(no_key=True).get(pk=shop.location.pk)
        snapshot = CatalogSnapshot.objects.select_for_update().get(location=location)
        catalog_updated.announce(snapshot, location)
        snapshot.save()
    current = with_revision(CatalogSnapshot.objects.filter(pk=snapshot.pk)).get()
    return is_fresh(current) and current.told_etag == current.etag


def _problems(
    shop: Shop, orders: Sequence[SentOrder], client: Client, stored: "dict[str, list[Any]]"
) -> list[str]:
    by_mark = {sent.mark: sent for sent in orders}
    first_copies = {mark: copies[0] for mark, copies in stored.items() if mark in by_mark}
    findings = {
        "refused": set(client.refused),
        "never answered": set(client.unanswered) | (set(by_mark) - set(client.answers)),
        "stored but never answered": set(stored) - set(client.answers),
        "answered differently when repeated": {
            mark for mark, bodies in client.answers.items() if len(set(bodies)) > 1
        },
        "answered differently from the stored answer": {
            mark
            for mark, order in first_copies.items()
            if set(client.answers.get(mark, [])) != {order.answer.encode()}
            or json.loads(order.answer)["order"]["provider_id"] != str(order.pk)
        },
        "with missing or extra lines": {
            mark
            for mark, order in first_copies.items()
            if order.line_count != by_mark[mark].line_count
        },
        "without a history of exactly one event": {
            mark for mark, order in first_copies.items() if order.event_count != 1
        },
        "not archived as accepted exactly once": _wrongly_archived(shop),
    }
    problems = [
        f"{len(marks)} {finding}: {_first_names(marks)}"
        for finding, marks in findings.items()
        if marks
    ]
    return problems + _stock_problems(shop, [by_mark[mark] for mark in first_copies])


def _wrongly_archived(shop: Shop) -> set[str]:
    """Return orders without exactly one archived `accepted` event, written in their transaction."""
    from orders.models import InboundEvent

    accepted = InboundEvent.objects.filter(merchant=shop.merchant, outcome="accepted")
    times = accepted.values("order__dsp_order_id").annotate(times=Count("pk"))
    wrong = {str(row["order__dsp_order_id"]) for row in times if row["times"] != 1}
    missing = shop.merchant.order_set.exclude(inbound_events__outcome="accepted")
    return wrong | set(missing.values_list("dsp_order_id", flat=True))


def _stock_problems(shop: Shop, stored: Sequence[SentOrder]) -> list[str]:
    counts = {
        "burgers": (
            AMPLE_STOCK - shop.stock_left("fam_burger"),
            sum(sent.burgers for sent in stored),
        ),
        "patties": (
            AMPLE_STOCK - shop.stock_left("mod_patty"),
            sum(sent.patties for sent in stored),
        ),
        "last ones": (
            shop.sold_out - shop.remaining_last_ones(),
            sum(b'"fam_last_' in sent.body for sent in stored),
        ),
    }
    return [
        f"{taken} {name} were taken from stock, but {ordered} were ordered"
        for name, (taken, ordered) in counts.items()
        if taken != ordered
    ]


def _first_names(names: set[str]) -> str:
    return ", ".join(sorted(names)[:5])
