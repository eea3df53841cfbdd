"""The live sections of the page: merchants, orders and webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .markup import badge, details, esc, form, instant, kilobytes, problem_list, table


def merchants(overview: Mapping[str, Any], token: str) -> str:
    known = overview["connections"]
    if not known:
        return "<p>No merchant is connected yet.</p>"
    return "".join(_merchant(connection, token) for connection in reversed(known))


def _merchant(known: Mapping[str, Any], token: str) -> str:
    merchant_id = known["merchant_id"]
    buttons = (
        form(token, "refresh", "Refresh tokens", merchant_id=merchant_id)
        + form(token, "locations", "Get locations", merchant_id=merchant_id, main=True)
        + form(token, "catalog", "Get global catalog", merchant_id=merchant_id, merchant="true")
    )
    scopes = " ".join(badge(scope, "plain") for scope in known["scopes"])
    return f"""<div class="merchant"><div class="between"><div><h3>{esc(known["email"])}</h3>
<code>{esc(merchant_id)}</code></div><div class="row">{buttons}</div></div>
<dl><dt>Scopes</dt><dd>{scopes or "none"}</dd>
<dt>Access token</dt><dd><code>{esc(known["access_token"])}</code>, until
{instant(known["expire_time"], with_day=True)}</dd>
<dt>Refresh token</dt><dd><code>{esc(known["refresh_token"])}</code>, until
{instant(known["refresh_token_expire_time"], with_day=True)}</dd></dl>
{problem_list(known["problems"])}{_locations(known, token)}{_catalogs(known)}</div>"""


def _locations(known: Mapping[str, Any], token: str) -> str:
    lines = []
    for location in known["locations"]:
        name, location_id = location.get("name", ""), str(location.get("provider_id", ""))
        ids = {"merchant_id": known["merchant_id"], "location_id": location_id}
        connected = known["location_connections"].get(
            location_id, location.get("connection_status", "connected") == "connected"
        )
        lines.append(
            (
                f"<strong>{esc(name)}</strong><br><code>{esc(location_id)}</code>",
                esc(location.get("timezone", "")),
                badge("connected", "good") if connected else badge("disconnected", "bad"),
                form(token, "catalog", "Get catalog", **ids)
                + " "
                + form(token, "connection", "Connect", method="POST", **ids)
                + " "
                + form(token, "connection", "Disconnect", method="DELETE", **ids),
            )
        )
    return table("Locations", ("Location", "Time zone", "Connection", "Steps"), lines)


def _catalogs(known: Mapping[str, Any]) -> str:
    if not known["catalogs"]:
        return ""
    lines = [
        (
            f"<code>{esc(catalog['location_id'] or 'global')}</code>",
            f"{instant(catalog['pulled_at'])} {badge(catalog['last_status'], 'plain')}",
            f"{kilobytes(catalog['bytes'])} ({kilobytes(catalog['wire_bytes'])} sent)",
            ", ".join(f"{count} {name}" for name, count in catalog["counts"].items() if count),
            f"<code>{esc(catalog['etag'])}</code>{problem_list(catalog['problems'])}",
        )
        for catalog in known["catalogs"]
    ]
    return table("Catalogs", ("Catalog", "Last pull", "Size", "Objects", "ETag"), lines)


def orders(overview: Mapping[str, Any]) -> str:
    if not overview["orders"]:
        return "<p>No order has been sent yet.</p>"
    heads = ("#", "Sent", "Event", "Answer", "Verdict", "POS order id", "Bodies")
    return table("Order events", heads, [_order(sent) for sent in reversed(overview["orders"])])


def _order(sent: Mapping[str, Any]) -> tuple[str, ...]:
    verdict = {
        True: badge(sent["expectation"], "good"),
        False: badge(f"not {sent['expectation']}", "bad"),
        None: badge("as is", "plain"),
    }[sent["as_expected"]]
    number = sent["sequence"]
    return (
        str(number),
        instant(sent["sent_at"]),
        f"{esc(sent['kind'])}<br><small>{esc(sent['location_id'])}</small>",
        f"{badge(sent['status'], 'plain')}<br><small>{sent['milliseconds']} ms</small>",
        verdict + problem_list(sent["problems"]),
        f"<code>{esc(sent['order_id'] or 'none')}</code>",
        details(f"sent-{number}", "Sent", sent["sent"])
        + details(f"answer-{number}", "Answer", sent["answer"] or sent["raw_answer"]),
    )


def webhooks(overview: Mapping[str, Any]) -> str:
    if not overview["webhooks"]:
        return "<p>No webhook has arrived yet.</p>"
    heads = ("#", "Arrived", "Type", "Signature", "Answered", "Bodies")
    return table("Webhooks", heads, [_webhook(row) for row in reversed(overview["webhooks"])])


def _webhook(webhook: Mapping[str, Any]) -> tuple[str, ...]:
    number = webhook["sequence"]
    signature = badge("valid", "good") if webhook["signature_valid"] else badge("invalid", "bad")
    return (
        str(number),
        instant(webhook["received_at"]),
        esc(webhook["type"] or "unreadable") + problem_list(webhook["problems"]),
        signature,
        badge(webhook["answered"], "plain"),
        details(
            f"hook-{number}", "Object", webhook["object"] if webhook["type"] else webhook["body"]
        )
        + details(f"heads-{number}", "Headers", webhook["headers"]),
    )
