"""The one question of a new order: who sends it, where to, was it accepted before, what is left?

A process remembers which menu each location sold lately. From that menu it knows the keys of what
the order names, so it asks for their switches and stock in the same exchange. The answer says which
menu is current: if it is another, the switches and stock are asked again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import CharField, F, FilteredRelation, Q, QuerySet

from catalog.compiled.memory import Version, menus
from catalog.compiled.menu import FORMAT
from catalog.models import Location
from catalog.revisions.counter import menu_revision
from integration.db.compiled import CompiledQuery, Execution, Parameter
from integration.oauth import access_tokens
from orders.cart import catalog_lookup
from orders.cart.catalog_lookup import Facts
from orders.cart.compiled_lookup import Named
from orders.cart.lines import Entry
from orders.protocol.schema import Order as SentOrder

from .caller import Caller
from .places import Place, places


@dataclass(frozen=True)
class Known:
    """The answer: the location, and what the order names of the menu it sold lately."""

    location: Any  # Annotated with the order accepted before, if there is one.
    place: Place | None = None
    named: Named | None = None
    overlay: Sequence[Sequence[Any]] = ()

    @property
    def is_repeat(self) -> bool:
        """True if the order was accepted before."""
        return self.location.first_fingerprint is not None


def ask(
    caller: Caller, provider_id: str, identities: list[str], entries: Sequence[Entry] = ()
) -> Known | None:
    """Return the caller's location, archived or not; None if it has no such location.

    An archived one takes no new orders, but a repeat still gets its response. Raises an
    APIException if the caller's token gives no access.
    """
    known = None
    # Few orders have a second identity. One question for both would need a worse index.
    for identity in identities:
        known = _ask(caller, {"provider_id": provider_id, "identity": identity}, entries)
        if known is None or known.is_repeat:
            break
    return known


def _ask(caller: Caller, about: dict[str, Any], entries: Sequence[Entry]) -> Known | None:
    questions: list[Execution] = [(_LOCATION, about)]
    token = caller.unchecked_token
    if token is not None:
        questions.append(access_tokens.look_up(token))
    place, named = _expected(about["provider_id"], entries)
    if place is not None and named is not None:
        questions.append(named.overlay_query(place.location_id))
    locations, *answers = CompiledQuery.rows_of_each(*questions)
    if token is not None:
        caller.admit(access_tokens.found(answers.pop(0)))
    location = next(_LOCATION.load(locations), None)
    if location is None or location.merchant_id != caller.merchant.pk:
        return None
    return Known(location, place, named, answers[0] if answers else ())


def load_facts(known: Known, sent: SentOrder, entries: Sequence[Entry], now: datetime) -> Facts:
    """Return what the catalog says of the order's objects, by every edit committed before."""
    location = known.location
    version = _current_version(location)
    if version is None:  # The worker has yet to compile an edit.
        return catalog_lookup.load_facts(sent, location, now)
    channel = (sent.source or "").lower()
    place = Place(location.pk, version)
    if known.named is not None and known.place == place:
        return known.named.facts(known.overlay, channel, now)
    menu = menus.load(version)
    if menu is None:
        return catalog_lookup.load_facts(sent, location, now)
    places.remember(location.provider_id, place)
    named = Named(menu, entries)
    query, values = named.overlay_query(location.pk)
    return named.facts(query.rows(**values), channel, now)


def _expected(
    provider_id: str, entries: Sequence[Entry]
) -> tuple[Place, Named] | tuple[None, None]:
    """Return what the order names if the location still sells the menu it sold lately."""
    place = places.get(provider_id)
    menu = menus.get(place.menu) if place and entries else None
    return (None, None) if place is None or menu is None else (place, Named(menu, entries))


def _current_version(location: Any) -> Version | None:
    """Return the version of the location's menu, if it is compiled with every edit."""
    is_current = location.compiled_revision == location.menu_revision
    if not is_current or location.compiled_format != FORMAT:
        return None
    return Version(location.merchant_id, location.compiled_etag, location.compiled_size)


def _at_location() -> "QuerySet[Location]":
    """Select by the ID alone, which is unique; the caller's merchant may not be known yet."""
    same = Q(orders__identity=Parameter("identity", CharField()))
    compiled = "merchant__compiled_menu"
    return (
        Location.objects.annotate(first=FilteredRelation("orders", condition=same))
        .annotate(first_fingerprint=F("first__fingerprint"), first_answer=F("first__answer"))
        .annotate(first_order_id=F("first__pk"), first_state=F("first__state"))
        .annotate(first_erased_at=F("first__erased_at"))
        .annotate(menu_revision=menu_revision(), compiled_revision=F(f"{compiled}__revision"))
        .annotate(compiled_etag=F(f"{compiled}__etag"), compiled_size=F(f"{compiled}__size"))
        .annotate(compiled_format=F(f"{compiled}__format"))
        .filter(provider_id=Parameter("provider_id", CharField()))
        .order_by()
    )


_LOCATION = CompiledQuery(_at_location)
