"""The part of a location's page that says what happens with its orders."""

from typing import Any

FIELDSETS: list[tuple[str, dict[str, Any]]] = [
    (
        "Who accepts orders",
        {
            "fields": ["acceptance_mode", "load_limit", "default_decision"],
            "description": "Orders that break a rule are refused at once, whoever accepts the"
            " others. Open orders are those in progress; one for later counts from an hour before.",
        },
    ),
    (
        "Preparation time",
        {
            "fields": [
                "prep_time_minutes",
                ("prep_minutes_per_order", "prep_orders_free"),
                ("prep_minutes_per_item", "prep_items_free"),
                "prep_time_most_minutes",
                "prep_examples",
            ],
            "description": "Each order is answered with a time of its own: longer while the"
            " kitchen is busy, or when much is ordered.",
        },
    ),
    (
        "Calling people",
        {
            "fields": [
                "call_when_unwatched", "call_after_seconds", "call_late_minutes", "call_emails",
            ],
            "description": "By e-mail, and on these pages, once for each cause.",
        },
    ),
]  # fmt: skip
