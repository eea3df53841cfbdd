"""The sandbox's web page: self-contained and usable without JavaScript."""

from __future__ import annotations

from typing import Any

from sandbox.stream.kinds import KINDS
from sandbox.stream.send_orders import REPEAT, REUSED_KEY

from .document import document, live, locations_of
from .events_page import attempts, event_steps, followed_orders
from .markup import esc, form, select, text_field
from .sections import merchants, orders, webhooks

STATUSES = (
    "in_progress",
    "ready_for_pickup",
    "out_for_delivery",
    "completed",
    "failed",
    "merchant_canceled",
    "dsp_canceled",
)


def render(overview: dict[str, Any], token: str, notice: tuple[str, str] = ("", "")) -> bytes:
    locations = locations_of(overview)
    content = f"""{_connect(token)}
{live("merchants", "Merchants", merchants(overview, token))}
{_order_steps(overview, token)}
{live("orders", "Order events sent", orders(overview))}
{live("webhooks", "Webhooks received", webhooks(overview))}
{_receiver(overview, token)}
{event_steps(overview, token, locations, STATUSES)}
{live("followed", "Orders followed", followed_orders(overview))}
{live("events", "Stream Events sent", attempts(overview))}"""
    return document(overview, content, notice)


def _connect(token: str) -> str:
    fields = text_field(
        "Merchant's e-mail", "email", kind="email", extra='required autocomplete="off"'
    ) + text_field(
        "Password", "password", kind="password", extra='required autocomplete="new-password"'
    )
    return f"""<section aria-labelledby="connect-title">
<h2 id="connect-title">Connect a merchant</h2>
<div class="pair"><div><p>Sign in and give consent yourself on the POS's own pages.</p>
<a class="button main" href="/connect">Connect in this browser</a></div>
<div><p>Or let the sandbox fill in the same forms for you.</p>
{form(token, "connect", "Connect", inner=fields)}</div></div></section>"""


def _order_steps(overview: dict[str, Any], token: str) -> str:
    locations = locations_of(overview)
    kinds = {name: kind.label for name, kind in KINDS.items()}
    kinds |= {REPEAT: "Repeat the last order", REUSED_KEY: "Last order's key, different content"}
    order = (
        select("Location", "location_id", locations)
        + select("Order", "kind", kinds)
        + text_field("Lines", "lines", kind="number", value="2", extra='min="1" max="1000"')
        + text_field("Item or modifier id (optional)", "provider_id")
    )
    if not locations:
        order = "<p>Connect a merchant and pull its locations first.</p>"
    sent_ids = [sent["order_id"] for sent in overview["orders"] if sent["order_id"]]
    latest = sent_ids[-1] if sent_ids else ""
    order_id = text_field("POS order id", "order_id", value=latest, extra="required")
    update = order_id + select("Status", "status", {name: name for name in STATUSES})
    return f"""<section aria-labelledby="send-title"><h2 id="send-title">Send an order</h2>
{form(token, "orders", "Send order", inner=order, main=True) if locations else order}
<div class="pair"><div><p class="soft">Send a status update for an order</p>
{form(token, "orders/update", "Send update", inner=update)}</div>
<div><p class="soft">Or cancel it on behalf of the customer</p>
{form(token, "orders/cancel", "Send cancelation", inner=order_id)}</div></div></section>"""


def _receiver(overview: dict[str, Any], token: str) -> str:
    fields = (
        text_field("Response status", "status", kind="number", value="500")
        + text_field("Delay in seconds", "delay_seconds", kind="number", value="0")
        + text_field("Number of deliveries", "times", kind="number", value="2")
    )
    left = overview["behaviour"]["times_left"]
    current = f"It still misbehaves {left} times." if left else "It is behaving normally."
    return f"""<section aria-labelledby="fail-title"><h2 id="fail-title">Make the receiver fail</h2>
<p>Webhooks arrive at <code>{esc(overview["webhook_url"])}</code> and are signed in
{esc(overview["signature_encoding"])}. Let the next ones fail to see the POS retry.
<span id="behaviour" data-live>{current}</span></p>
{form(token, "behaviour", "Misbehave", inner=fields)}
</section>"""
