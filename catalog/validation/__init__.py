"""The menu check: errors and probable mistakes in a merchant's menu.

An error keeps its object out of what Stream gets, never the whole catalog; a warning keeps
nothing out. What the database refuses (duplicate ids, links to missing rows) needs no rule.
docs/menu-check.md lists the rules.
"""

from .report import Finding, check

__all__ = ["Finding", "check"]
