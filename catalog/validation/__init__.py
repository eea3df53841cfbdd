"""The menu check: what is broken or probably not meant in a merchant's menu.

An error keeps its object out of what Stream gets, never the whole catalog; a warning keeps
nothing out. What the database itself refuses (ids used twice, links to what is not there) has no
rule. docs/menu-check.md lists the rules.
"""

from .report import Finding, check

__all__ = ["Finding", "check"]
