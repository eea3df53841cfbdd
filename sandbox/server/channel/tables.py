"""The live parts of the channel's page: merchants, stores, orders and events.

Each record is a block rather than a row of a table, which would be too wide for a phone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.channel import records
from sandbox.server.markup import badge, details, esc, form, instant, problem_list

_TONES = {
    records.ACCEPTED: "good",
    records.READY: "good",
    records.COMPLETED: "good",
    records.FAILED: "bad",
    records.CANCELED: "bad",
}
_EVENTS = {
    "accept": "Accept",
    "ready": "Ready",
    "completed": "Completed",
    "cancel": "Cancel",
    "fail": "Fail",
}


def merchants(channel: Mapping[str, Any], token: str) -> str:
    if not channel["connections"]:
        return "<p>No merchant is connected yet.</p>"
    return "".join(_merchant(known, token) for known in reversed(channel["connections"]))


def _merchant(known: Mapping[str, Any], token: str) -> str:
    merchant_id = known["merchant_id"]
    buttons = form(token, "channel/refresh", "Refresh tokens", merchant_id=merchant_id)
    buttons += form(token, "channel/locations", "Get stores", merchant_id=merchant_id, main=True)
    return f"""<div class="merchant"><div class="between"><div><h3>{esc(known["email"])}</h3>
<code>{esc(merchant_id)}</code></div><div class="row">{buttons}</div></div>
<p class="soft">{len(known["locations"])} stores; tokens until
{instant(known["expire_time"], with_day=True)}</p>{problem_list(known["problems"])}</div>"""


def stores(channel: Mapping[str, Any], token: str) -> str:
    if not channel["stores"]:
        return "<p>No store is known yet.</p>"
    return "".join(_store(store, token) for store in channel["stores"])


def _store(store: Mapping[str, Any], token: str) -> str:
    store_id = store["store_id"]
    buttons = "".join(
        form(token, "channel/publish", f"Publish {name}", store_id=store_id, version=name)
        for name in records.VERSIONS
    )
    buttons += form(token, "channel/connection", "Ask", store_id=store_id, method="GET")
    buttons += form(token, "channel/connection", "Disconnect", store_id=store_id, method="DELETE")
    connection = {True: badge("connected", "good"), False: badge("not connected", "bad")}.get(
        store["connected"], badge("not asked", "plain")
    )
    behind = f"<code>{esc(store['location_id'])}</code>"
    if not store["is_linked"]:
        behind = f"played: {esc(store['answer'])} after {store['delay_seconds']:g} s"
    own = store["status_update"]
    told = details(f"status-{store_id}", "Its own status", own) if own else ""
    return f"""<div class="merchant"><div class="between"><div>
<h3>{esc(store["name"])} {connection}</h3><code>{esc(store_id)}</code></div></div>
<dl><dt>POS</dt><dd>{behind}</dd><dt>Menu</dt><dd>{esc(store["version"])},
{store["publishes"]} published, last {instant(store["published_at"])}</dd></dl>{told}
<div class="row">{buttons}</div></div>"""


def orders(channel: Mapping[str, Any], token: str) -> str:
    if not channel["orders"]:
        return "<p>No order has been received yet.</p>"
    return "".join(_order(order, token) for order in reversed(channel["orders"]))


def _order(order: Mapping[str, Any], token: str) -> str:
    key = f"{order['store_id']}/{order['order_id']}"
    ids = {"order_id": order["order_id"], "store_id": order["store_id"]}
    buttons = "".join(
        form(token, "channel/tell", label, event=name, **ids) for name, label in _EVENTS.items()
    )
    pos = f"POS order <code>{esc(order['pos_order_id'])}</code>" if order["pos_order_id"] else ""
    reason = badge(order["failure_reason"], "bad") if order["failure_reason"] else ""
    history = "".join(
        f"<li>{instant(line['at'])} {esc(line['text'])}</li>" for line in order["history"]
    )
    return f"""<div class="merchant"><h3>{esc(order["number"])}
{badge(order["state"], _TONES.get(order["state"], "plain"))} {reason}</h3>
<p class="soft">{esc(order["order"].get("fulfillment_type", ""))} at {esc(order["store_id"])},
<code>{esc(order["order_id"])}</code> {pos}</p>
<details id="history-{esc(key)}"><summary>History</summary><ul>{history}</ul></details>
{details(f"order-{key}", "Order", order["order"])}
<div class="row">{buttons}</div></div>"""


def received(channel: Mapping[str, Any]) -> str:
    if not channel["received"]:
        return "<p>No event has arrived yet.</p>"
    return "".join(_received(row) for row in reversed(channel["received"]))


def _received(row: Mapping[str, Any]) -> str:
    number = row["sequence"]
    signature = badge(f"signed in {row['signature']}", "good")
    if not row["signature"]:
        signature = badge("signature invalid", "bad")
    repeat = badge("repeat", "plain") if row["is_repeat"] else ""
    taken = "" if row["taken"] else badge("not taken", "bad")
    return f"""<div class="merchant"><p>{number}. {instant(row["received_at"])}
<strong>{esc(row["type"] or "unreadable")}</strong> {signature} {repeat} {taken}
{badge(row["answered"] or "no answer", "plain")}<br>
<small>{esc(row["store_id"])} {esc(row["order_id"])}</small></p>{problem_list(row["problems"])}
{details(f"received-{number}", "Body", row["event"] or row["body"])}
{details(f"headers-{number}", "Headers", row["headers"])}</div>"""


def events(channel: Mapping[str, Any]) -> str:
    if not channel["events"]:
        return "<p>No event has been sent yet.</p>"
    waiting = f"<p class='soft'>{channel['waiting']} are waiting.</p>" if channel["waiting"] else ""
    return waiting + "".join(_event(row) for row in reversed(channel["events"]))


def _event(row: Mapping[str, Any]) -> str:
    number = row["sequence"]
    again = f"again at {instant(row['next_at'])}" if row["next_at"] else ""
    how = "" if row["arrangement"] == "in_order" else badge(row["arrangement"], "plain")
    return f"""<div class="merchant"><p>{number}. {instant(row["sent_at"])}
<strong>{esc(row["type"])}</strong> {badge(row["status"] or "no answer", "plain")} {how}<br>
<small>{esc(row["store_id"])} {esc(row["order_id"])} try {row["attempt"]}, {row["milliseconds"]} ms
{again}</small></p>{problem_list(row["problems"])}
{details(f"sent-event-{number}", "Sent", row["sent"])}
{details(f"answer-event-{number}", "Answer", row["raw_answer"])}</div>"""
