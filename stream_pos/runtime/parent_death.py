"""Offer what ends a process with its parent; integration/bounded/ needs it too."""

from integration.bounded.parent_death import die_with_parent as die_with_parent
