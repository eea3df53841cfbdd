"""HTML building blocks of the page; all foreign text passes through `esc`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any

from sandbox.wire import jsontext

SHOWN_CHARACTERS = 20_000
LATEST_INSTANT_MS = 253_402_300_799_000  # The end of the year 9999.


def esc(value: Any) -> str:
    return escape(str(value), quote=True)


def badge(text: Any, tone: str) -> str:
    return f'<span class="badge {tone}">{esc(text)}</span>'


def instant(milliseconds: Any, *, with_day: bool = False) -> str:
    if not isinstance(milliseconds, int) or not 0 < milliseconds <= LATEST_INSTANT_MS:
        return "&ndash;"
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    text = moment.strftime("%Y-%m-%d %H:%M UTC" if with_day else "%H:%M:%S")
    return f'<time datetime="{moment.isoformat(timespec="milliseconds")}">{text}</time>'


def kilobytes(count: int) -> str:
    return f"{count / 1024:,.1f} kB" if count >= 1024 else f"{count} B"


def details(identity: str, title: str, value: Any) -> str:
    """Render a collapsible JSON value; `identity` keeps it open when the page refreshes."""
    text = value if isinstance(value, str) else jsontext.dump(value, pretty=True)
    if len(text) > SHOWN_CHARACTERS:
        text = text[:SHOWN_CHARACTERS] + "\n…"
    return (
        f'<details id="{esc(identity)}"><summary>{esc(title)}</summary>'
        f"<pre>{esc(text)}</pre></details>"
    )


def problem_list(problems: Iterable[Any]) -> str:
    entries = "".join(f"<li>{esc(problem)}</li>" for problem in problems)
    return f'<ul class="problems">{entries}</ul>' if entries else ""


def table(label: str, heads: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    """Render a table; the cells are already HTML."""
    head = "".join(f'<th scope="col">{esc(text)}</th>' for text in heads)
    lines = "".join(
        "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>" for cells in body
    )
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{esc(label)}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>"
    )


def form(
    token: str, action: str, button: str, *, inner: str = "", main: bool = False, **hidden: str
) -> str:
    """Render the form of one step; without `inner` it is just a button."""
    fields = "".join(
        f'<input type="hidden" name="{name}" value="{esc(value)}">'
        for name, value in {"token": token, **hidden}.items()
    )
    style = ' class="main"' if main else ""
    layout = "row" if inner else "inline"
    return (
        f'<form class="{layout}" method="post" action="/steps/{action}">{fields}{inner}'
        f"<button{style}>{esc(button)}</button></form>"
    )


def text_field(
    label: str, name: str, *, kind: str = "text", value: str = "", extra: str = ""
) -> str:
    return (
        f'<label>{esc(label)}<input type="{kind}" name="{name}" value="{esc(value)}" {extra}>'
        "</label>"
    )


def select(label: str, name: str, options: Mapping[str, str]) -> str:
    entries = "".join(f'<option value="{esc(v)}">{esc(t)}</option>' for v, t in options.items())
    return f'<label>{esc(label)}<select name="{name}">{entries}</select></label>'


def text_area(label: str, name: str) -> str:
    return f'<label>{esc(label)}<textarea name="{name}" rows="3"></textarea></label>'


def same(names: Iterable[str]) -> dict[str, str]:
    """Return options that are shown as they are."""
    return {name: name for name in names}
