"""The frame of the sandbox's pages: self-contained and usable without JavaScript."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

from .markup import esc

_FOLDER = Path(__file__).parent
STYLE = (_FOLDER / "page.css").read_text(encoding="utf-8")
SCRIPT = (_FOLDER / "page.js").read_text(encoding="utf-8")


def _source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


CONTENT_SECURITY_POLICY = (
    f"default-src 'none'; style-src {_source(STYLE)}; script-src {_source(SCRIPT)}; "
    "img-src data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def document(overview: dict[str, Any], content: str, notice: tuple[str, str]) -> bytes:
    """Return a page with this content, which is already HTML."""
    tone, message = notice
    banner = f'<p class="notice {tone}" role="status">{esc(message)}</p>' if message else ""
    text = f"""<!doctype html>
<html lang="en" data-version="{overview["version"]}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Stream sandbox</title><link rel="icon" href="data:,"><style>{STYLE}</style></head>
<body><a class="skip button" href="#content">Skip to content</a>
{_header(overview)}
<main class="wide" id="content">{banner}
{content}
</main><script>{SCRIPT}</script></body></html>"""
    return text.encode("utf-8", "replace")


def _header(overview: dict[str, Any]) -> str:
    return f"""<header><div class="wide"><div class="mark">
<svg viewBox="0 0 34 34" aria-hidden="true">
<rect width="34" height="34" rx="9" fill="currentColor"/>
<path d="M8 12c4-4 6 4 10 0s6 0 8 0M8 18c4-4 6 4 10 0s6 0 8 0M8 24c4-4 6 4 10 0s6 0 8 0"
 fill="none" stroke="var(--brand-ink)" stroke-width="2.4" stroke-linecap="round"/></svg>
<div><h1>Stream sandbox</h1><span class="soft">Acts as Stream towards one POS</span></div>
</div><nav class="row" aria-label="Pages"><a href="/">POS and events</a>
<a href="/channel">Ordering channel</a></nav>
<span class="soft">POS <a href="{esc(overview["pos"])}/">{esc(overview["pos"])}</a></span>
</div></header>"""


def live(identity: str, title: str, content: str) -> str:
    """Render a section that the page's script keeps up to date."""
    return (
        f'<section aria-labelledby="{identity}-title"><h2 id="{identity}-title">{title}</h2>'
        f'<div id="{identity}" data-live>{content}</div></section>'
    )


def locations_of(overview: dict[str, Any]) -> dict[str, str]:
    """Return the names of the POS's locations by their ids."""
    return {
        location["provider_id"]: f"{location.get('name', '')} ({location['provider_id']})"
        for known in overview["connections"]
        for location in known["locations"]
        if isinstance(location.get("provider_id"), str)
    }
