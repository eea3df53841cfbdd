"""Rules about the restaurant: open, not paused, channel and fulfillment type (ORD-NEW)."""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from catalog.models import order_restrictions
from orders.protocol.responses import OTHER, STORE_UNAVAILABLE, Refusal
from orders.protocol.spellings import FULFILLMENT_TYPES

from .context import Case


def location_is_not_paused(case: Case, refusal: Refusal) -> None:
    location = case.location
    if location.is_paused(case.now):
        until = location.paused_until
        when = f"until {_clock(case, until)}" if until else "for now; resume it in the POS"
        refusal.because(STORE_UNAVAILABLE, f"{location.name} is paused {when}.")


def order_is_not_too_far_ahead(case: Case, refusal: Refusal) -> None:
    days = settings.ORDER_DAYS_AHEAD
    if case.wanted_at > case.now + timedelta(days=days):
        refusal.because(
            STORE_UNAVAILABLE,
            _("%(place)s takes orders at most %(days)s days ahead.")
            % {"place": case.location.name, "days": days},
        )


def order_is_not_for_the_past(case: Case, refusal: Refusal) -> None:
    """Refuse a future order for more than a day ago; up to then, it is for now."""
    requested_for = case.order.requested_for
    if not case.order.is_future_order or requested_for is None:
        return
    wanted = datetime.fromtimestamp(requested_for / 1000, UTC)
    if wanted < case.now - timedelta(days=1):
        at = case.location.local(wanted).strftime("%d %B %Y %H:%M")
        reason = f"The order is for {at}, which has passed: choose another time."
        refusal.because(STORE_UNAVAILABLE, reason)


def location_is_open(case: Case, refusal: Refusal) -> None:
    location = case.location
    if not location.is_open(case.wanted_at):
        opening = location.next_opening(case.wanted_at)
        closed = f"until {_clock(case, opening)}" if opening else "all week"
        refusal.because(STORE_UNAVAILABLE, f"{location.name} is closed {closed}.")


def channel_is_taken(case: Case, refusal: Refusal) -> None:
    location, channel = case.location, case.order.source
    if order_restrictions.includes(location.channels_off, channel):
        refusal.because(
            STORE_UNAVAILABLE,
            f"{location.name} accepts no orders from {channel}: switch the channel on at the"
            " location in the POS, or off in Stream.",
        )


def fulfillment_type_is_offered(case: Case, refusal: Refusal) -> None:
    location, kind = case.location, case.order.fulfillment_type
    if order_restrictions.includes(location.fulfillment_types_off, kind):
        refusal.because(
            STORE_UNAVAILABLE,
            _(
                "%(place)s does not offer %(kind)s: switch it on at the location in the POS, or off"
                " in the channel."
            )
            % {
                "place": location.name,
                "kind": _(order_restrictions.display_fulfillment_type(kind or "")),
            },
        )


def _clock(case: Case, at: datetime) -> str:
    """Format local time: the weekday, with the date when that could mislead."""
    is_near = at - case.now < timedelta(days=6)
    return case.location.local(at).strftime("%A %H:%M" if is_near else "%A, %d %B %H:%M")


def only_drive_thru_is_unpaid(case: Case, refusal: Refusal) -> None:
    kind = FULFILLMENT_TYPES.meant(case.order.fulfillment_type or "")
    if case.order.unpaid and kind != "drive_thru":
        refusal.because(OTHER, "Only drive-thru orders may come unpaid: this one must be paid.")
