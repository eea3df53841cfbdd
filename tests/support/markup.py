"""HTML for comparison, whatever the layout of its template."""

import re


def compact(page: str) -> str:
    """Collapse whitespace, and drop it beside tags and before their closing bracket."""
    return re.sub(r"\s+", " ", re.sub(r"\s*(<[^>]*?)\s*(>)\s*", r"\1\2", page))
