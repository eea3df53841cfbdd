"""The part of the page for the Stream Events role."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.events.signatures import FORMS
from sandbox.events.stories import ARRANGEMENTS, ENDS

from .fields import FULFILLMENT_TYPES
from .markup import (
    badge,
    details,
    esc,
    form,
    instant,
    problem_list,
    same,
    select,
    table,
    text_field,
)

DELIVERY_STATUSES = (
    "enroute_to_pickup",
    "arrived_at_pickup",
    "enroute_to_dropoff",
    "arrived_at_dropoff",
    "completed",
    "failed_to_assign_driver",
)


def event_steps(
    overview: Mapping[str, Any], token: str, locations: Mapping[str, str], statuses: tuple[str, ...]
) -> str:
    """Render the forms of the role; `statuses` are those an order can have."""
    order = (
        select("Location", "reference_id", {**locations, "": "One that nobody has mapped"})
        + select("Kind", "fulfillment_type", same(_own_delivery_first()))
        + select("Tell until", "end", same(ENDS))
        + select("Sending", "arrangement", same(tuple(ARRANGEMENTS)))
        + text_field("Seconds between events", "gap_seconds", kind="number", value="0")
        + select("Signature", "signature", same(FORMS))
    )
    known = [followed["order_id"] for followed in overview["followed"]]
    order_id = text_field(
        "Stream's order id", "order_id", value=known[-1] if known else "", extra="required"
    )
    status = order_id + select("Status", "status", same(statuses))
    driver = order_id + select("Driver", "delivery_status", same(DELIVERY_STATUSES))
    return f"""<section aria-labelledby="tell-title"><h2 id="tell-title">Stream Events</h2>
<p>Events go to <code>{esc(overview["events_url"])}</code>; each order that the POS accepts is
confirmed there by itself.</p>
<div id="events-state" data-live>{_state(overview, token)}</div>
<p class="soft">Tell of an order that another POS took</p>
{form(token, "events/orders", "Tell of order", inner=order)}
<div class="pair"><div><p class="soft">Tell that an order changed</p>
{form(token, "events/status", "Send status", inner=status)}</div>
<div><p class="soft">Or where its driver is</p>
{form(token, "events/driver", "Send driver status", inner=driver)}</div></div></section>"""


def _state(overview: Mapping[str, Any], token: str) -> str:
    state = overview["events_state"]
    if not state["configured"]:
        return badge("no events secret", "bad")
    counts = f"{state['failed']} of the last {state['judged']} failed, {state['waiting']} waiting."
    if state["on"]:
        return f"{badge('on', 'good')} {counts}"
    button = form(token, "events/switch-on", "Switch on again")
    return f"{badge('switched off', 'bad')} {counts} {button}"


def _own_delivery_first() -> tuple[str, ...]:
    own = "merchant_managed_delivery"
    return (own, *(name for name in FULFILLMENT_TYPES if name != own))


def followed_orders(overview: Mapping[str, Any]) -> str:
    if not overview["followed"]:
        return "<p>No order has been confirmed yet.</p>"
    heads = ("Order", "Location", "Kind", "Status", "Driver")
    return table(
        "Followed orders", heads, [_followed(row) for row in reversed(overview["followed"])]
    )


def _followed(row: Mapping[str, Any]) -> tuple[str, ...]:
    order = row["order"]
    pos = f"POS order {row['pos_order_id']}" if row["pos_order_id"] else "another POS"
    moved = f" {badge(row['delivery_status'], 'plain')}" if row["delivery_status"] else ""
    return (
        f"<code>{esc(row['order_id'])}</code><br><small>{esc(pos)}</small>",
        f"<code>{esc(row['location_id'])}</code><br>"
        f"<small>{esc(row['reference_id'] or 'no reference')}</small>",
        f"{esc(order.get('fulfillment_type', ''))}<br>"
        f"<small>{esc(order.get('source', ''))}</small>",
        badge(row["status"], "plain") + moved,
        _driver(row),
    )


def _driver(row: Mapping[str, Any]) -> str:
    driver = row["driver"]
    if not isinstance(driver, dict):
        return "none"
    phone = driver.get("phone")
    number = phone.get("number", "") if isinstance(phone, dict) else ""
    at = instant(row["assigned_at"])
    return f"{esc(driver.get('name', ''))}<br><small>{esc(number)}, {at}</small>"


def attempts(overview: Mapping[str, Any]) -> str:
    if not overview["events"]:
        return "<p>No event has been sent yet.</p>"
    heads = ("#", "Sent", "Event", "Attempt", "Answer", "Bodies")
    return table("Stream Events", heads, [_attempt(row) for row in reversed(overview["events"])])


def _attempt(row: Mapping[str, Any]) -> tuple[str, ...]:
    number, status = row["sequence"], row["status"] or "none"
    again = f"<br><small>again at {instant(row['next_at'])}</small>" if row["next_at"] else ""
    return (
        str(number),
        instant(row["sent_at"]),
        f"{esc(row['type'])}<br><small>{esc(row['order_id'])}</small>",
        f"{row['attempt']}, {esc(row['signature'])}{again}",
        f"{badge(status, 'plain')}<br><small>{row['milliseconds']} ms</small>"
        + problem_list(row["problems"]),
        details(f"event-{number}", "Sent", row["sent"])
        + details(f"handler-{number}", "Answer", row["raw_answer"]),
    )
