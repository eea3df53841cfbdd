"""A store's state in one line for staff: open or why not, its menu, and what is odd about it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from django.contrib.admin.views.main import ChangeList
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.timesince import timesince

from dsp.admin.base import local_time
from dsp.client_role import NAME
from dsp.live import state as live_state
from dsp.live import timetable
from dsp.models import ChannelOrder, FulfillmentType, ReceivedMenu, Store
from dsp.reports.order_numbers import STALE_AFTER
from integration.db import database_time
from integration.oauth import authorizations

LABELS = {"Open": "success", "Closed": "warning", "Not connected": "danger", "Off": "info"}
LABELS |= {"Archived": "info"}
_NOT_TAKEN = (ReceivedMenu.Verdict.REFUSED, ReceivedMenu.Verdict.UNREACHABLE)


class Hint(NamedTuple):
    """Something odd: a few words for the line, and a sentence that says what to do."""

    mark: str
    sentence: str


class Status(NamedTuple):
    """The label, the line after it, and what is odd, which the line only mentions."""

    label: str
    line: str
    hints: list[Hint]


class StoreList(ChangeList):
    """A page of the list whose stores' states take a fixed number of queries."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        stores = list(self.result_list)
        live = authorizations.live_merchant_ids(NAME)
        timetable.of_menus({store.live_menu_id for store in stores if store.live_menu_id})
        for store in stores:
            is_connected = store.connected_at is not None and store.merchant_id in live
            store.status = status_of(store, is_connected=is_connected)
        self.result_list = stores


def with_facts(stores: "QuerySet[Any]") -> "QuerySet[Any]":
    """Add `has_sold_unpaid`, an unpaid order was accepted, and `newest_verdict` of its menus."""
    accepted = ChannelOrder.objects.filter(
        store=OuterRef("pk"), is_unpaid=True, accepted_at__isnull=False
    )
    menus = ReceivedMenu.objects.filter(store=OuterRef("pk")).order_by("-pk")
    newest = Subquery(menus.values("verdict")[:1])
    annotated: QuerySet[Any] = stores.annotate(
        has_sold_unpaid=Exists(accepted), newest_verdict=newest
    )
    return annotated


def status_of(store: Any, *, is_connected: bool | None = None) -> Status:
    """Return the status of a store with its live menu and `with_facts` loaded."""
    now = database_time.now()
    if store.archived_at is not None:
        return Status("Archived", f"since {local_time(store, store.archived_at)}", [])
    if not store.is_on:
        return Status("Off", "Stream is not offered this store", [])
    state = live_state.state_of(store, now, is_connected=is_connected)
    hints = list(_hints(store, now))
    parts = [_opening(store, state, now), _menu(store, now), *(hint.mark for hint in hints)]
    label = "Open" if state.is_open else "Closed"
    if state.closed_reason == live_state.NOT_CONNECTED:
        label = "Not connected"
    return Status(label, " · ".join(part for part in parts if part), hints)


def _opening(store: Store, state: live_state.StoreState, now: datetime) -> str:
    if state.is_open:
        return "takes orders"
    sentences = {
        live_state.NOT_CONNECTED: "Stream connects it when it publishes its menu",
        live_state.NO_MENU: "Stream has yet to publish a menu",
        live_state.STORE_PAUSED: f"paused {_pauses(store, now)}",
        live_state.STORE_CLOSED: "outside the hours of its menu",
    }
    why = sentences.get(str(state.closed_reason), str(state.closed_reason))
    is_told = state.opens_at in (store.paused_until, store.own_paused_until)
    if state.opens_at is None or is_told:
        return why
    return f"{why}, opens {local_time(store, state.opens_at)}"


def _pauses(store: Store, now: datetime) -> str:
    """Name each pause that holds, and its end."""
    pauses = [
        ("by Stream", store.paused_at, store.paused_until),
        ("by us", store.own_paused_at, store.own_paused_until),
        (
            "because its restaurant did not take an order",
            store.turned_away_at,
            store.turned_away_until,
        ),
    ]
    return " and ".join(
        f"{who} until {local_time(store, until) if until else _open_end(who)}"
        for who, since, until in pauses
        if since is not None and (until is None or until > now)
    )


def _open_end(who: str) -> str:
    return "somebody resumes it" if who == "by us" else "Stream resumes it"


def _menu(store: Store, now: datetime) -> str:
    menu = store.live_menu
    if menu is None or menu.live_at is None:
        return ""
    return f"menu {menu.number}, {timesince(menu.live_at, now, depth=1)} old"


def _hints(store: Any, now: datetime) -> Iterator[Hint]:
    menu = store.live_menu
    if menu is not None and menu.live_at is not None and now - menu.live_at > STALE_AFTER:
        yield Hint("stale", "Its menu is older than a week: publish it again in Stream.")
    if store.newest_verdict in _NOT_TAKEN:
        yield Hint(
            "its last menu was not taken",
            "Its last published menu was not taken: Received menus says why. Guests see the one"
            " before.",
        )
    if store.suspect_since is not None:
        since = local_time(store, store.suspect_since)
        yield Hint(
            "its POS refuses carts",
            f"Its POS refuses carts of this menu since {since}: resync the POS in Stream and"
            " publish the menu again.",
        )
    if not store.fulfillment_types:
        nothing = "Guests can order nothing: choose a fulfillment type."
        yield Hint("no fulfillment type", nothing)
    sells_unpaid = FulfillmentType.DRIVE_THRU in store.fulfillment_types
    if sells_unpaid and not store.has_sold_unpaid:
        yield Hint(
            "no unpaid order accepted yet",
            "Until its first unpaid order was accepted, unpaid drive-thru orders may be off at"
            " Stream.",
        )
