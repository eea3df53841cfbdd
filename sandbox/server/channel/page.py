"""The page of the channel's role: its forms, and what is live."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.channel.outbox import ARRANGEMENTS
from sandbox.channel.records import VERSIONS
from sandbox.channel.translation import FAILURE_REASONS
from sandbox.server.document import document, live, locations_of
from sandbox.server.markup import badge, esc, form, same, select, text_area, text_field

from .api import ANSWERS, EVENT_TYPES, OBJECT_TYPES
from .tables import events, merchants, orders, received, stores

YES_NO = {"true": "yes", "false": "no"}
NO_YES = {"false": "no", "true": "yes"}


def render_channel(
    overview: dict[str, Any], token: str, notice: tuple[str, str] = ("", "")
) -> bytes:
    channel = overview["channel"]
    if not channel["is_on"]:
        return document(overview, _off(channel), notice)
    names = {
        store["store_id"]: f"{store['name']} ({store['store_id']})" for store in channel["stores"]
    }
    steps = ""
    if names:
        steps = _pos_steps(names, locations_of(overview), token) + _store_steps(names, token)
    content = f"""{_connect(channel, token)}
{live("channel-merchants", "Merchants", merchants(channel, token))}
{live("channel-stores", "Stores", stores(channel, token))}
{steps}
{live("channel-orders", "Orders received", orders(channel, token))}
{_switches(channel, token)}
{live("channel-received", "Events of the channel", received(channel))}
{live("channel-events", "Events sent to the channel", events(channel))}"""
    return document(overview, content, notice)


def _off(channel: Mapping[str, Any]) -> str:
    return f"""<section aria-labelledby="off-title"><h2 id="off-title">Ordering channel</h2>
<p>{badge("no client", "bad")} The sandbox has no client of an ordering channel. Set
<code>STREAM_DSP_CLIENT_ID</code> and <code>STREAM_DSP_CLIENT_SECRET</code>, and start it again.</p>
<p>The channel would be at <code>{esc(channel["url"])}</code>.</p></section>"""


def _connect(channel: Mapping[str, Any], token: str) -> str:
    fields = text_field(
        "Merchant's e-mail", "email", kind="email", extra='required autocomplete="off"'
    ) + text_field(
        "Password", "password", kind="password", extra='required autocomplete="new-password"'
    )
    secret = "" if channel["has_secret"] else badge("no webhook secret", "bad")
    return f"""<section aria-labelledby="connect-title">
<h2 id="connect-title">Ordering channel</h2>
<p>The channel is at <code>{esc(channel["url"])}</code> and sends its orders to
<code>{esc(channel["order_url"])}</code>. {secret}</p>
<div class="pair"><div><p>Sign in and give consent yourself on the channel's own pages.</p>
<a class="button main" href="/connect/channel">Connect in this browser</a></div>
<div><p>Or let the sandbox fill in the same forms for you.</p>
{form(token, "channel/connect", "Connect", inner=fields)}</div></div></section>"""


def _pos_steps(names: Mapping[str, str], locations: Mapping[str, str], token: str) -> str:
    store = select("Store", "store_id", names)
    link = (
        store
        + select("POS location", "location_id", {"": "None: the sandbox plays", **locations})
        + select("Stock changes as updates", "opted_in", YES_NO)
    )
    play = (
        store
        + select("Answer", "answer", same(ANSWERS))
        + select("Reason of a failure", "failure_reason", same(FAILURE_REASONS))
        + text_field("After seconds", "delay_seconds", kind="number", value="2")
        + text_field("Minutes to prepare", "prep_time_minutes", kind="number", value="15")
    )
    return f"""<section aria-labelledby="link-title"><h2 id="link-title">The POS of a store</h2>
<p class="soft">Put a POS location behind a store</p>
{form(token, "channel/link", "Link", inner=link)}
<p class="soft">Or play the POS of a store that has none</p>
{form(token, "channel/play", "Play", inner=play)}</section>"""


def _store_steps(names: Mapping[str, str], token: str) -> str:
    store = select("Store", "store_id", names)
    publish = (
        store
        + select("Version", "version", same(reversed(VERSIONS)))
        + text_area("File (empty: from the catalog)", "file")
    )
    update = (
        store
        + select("Kind", "object_type", same(OBJECT_TYPES))
        + text_field("POS id", "object_id", extra="required")
        + select("Available", "is_active", NO_YES)
    )
    pause = store + text_field("Minutes (0: until a resume)", "minutes", kind="number", value="30")
    return f"""<section aria-labelledby="steps-title"><h2 id="steps-title">Events of a store</h2>
<p class="soft">Publish a menu</p>
{form(token, "channel/publish", "Publish", inner=publish, main=True)}
<p class="soft">Switch one object of the POS's menu</p>
{form(token, "channel/update", "Send update", inner=update)}
<div class="pair"><div><p class="soft">Pause</p>
{form(token, "channel/pause", "Pause", inner=pause)}</div>
<div><p class="soft">Or resume</p>
{form(token, "channel/resume", "Resume", inner=store)}</div></div></section>"""


def _switches(channel: Mapping[str, Any], token: str) -> str:
    arranged = "".join(
        f" {badge(row['name'], 'plain')} {esc(row['type'] or 'any')}, {row['times_left']} times."
        for row in channel["arrangements"]
    )
    arrangement = (
        select("Event", "type", {"": "any", **same(EVENT_TYPES)})
        + select("Treatment", "arrangement", same(ARRANGEMENTS))
        + text_field("Seconds", "seconds", kind="number", value="5")
        + text_field("Times", "times", kind="number", value="1")
    )
    planned = (
        text_field("Status (empty: as usual)", "status", kind="number")
        + text_field("Delay in seconds", "delay_seconds", kind="number", value="0")
        + select("No answer at all", "silent", NO_YES)
        + select("Taken nevertheless", "taken", NO_YES)
        + text_field("Times", "times", kind="number", value="1")
    )
    left = f"{channel['receiver']['times_left']} requests and "
    left += f"{channel['file_server']['times_left']} downloads still to spoil."
    return f"""<section aria-labelledby="spoil-title"><h2 id="spoil-title">Make it difficult</h2>
<p><span id="channel-spoiled" data-live>{left}{arranged}</span></p>
<p class="soft">How the next events go to the channel</p>
{form(token, "channel/arrangement", "Arrange", inner=arrangement)}
<p class="soft">How the next events of the channel are answered</p>
{form(token, "channel/receiver", "Misbehave", inner=planned)}
<p class="soft">How the next downloads of a menu are answered</p>
{form(token, "channel/file-server", "Misbehave", inner=planned)}</section>"""
