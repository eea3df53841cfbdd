"""The section of a location's page about its orders."""

from typing import Any

FIELDSETS: list[tuple[str, dict[str, Any]]] = [
    (
        "Order acceptance",
        {
            "fields": ["acceptance_mode", "load_limit", "default_decision"],
            "description": "Orders that break a rule are always refused at once. Open orders are"
            " those in progress; a scheduled order counts from an hour before its time.",
        },
    ),
    (
        "Prep time",
        {
            "fields": [
                "prep_time_minutes",
                ("prep_minutes_per_order", "prep_orders_free"),
                ("prep_minutes_per_item", "prep_items_free"),
                "prep_time_most_minutes",
                "prep_examples",
            ],
            "description": "Each order gets its own prep time: longer while the kitchen is busy"
            " or when the order is large.",
        },
    ),
    ("Board", {"fields": ["shows_followed_orders"]}),
    (
        "Alerts",
        {
            "fields": [
                "call_when_unwatched", "call_after_seconds", "call_late_minutes", "call_emails",
            ],
            "description": "Sent by e-mail and shown on these pages, once per cause.",
        },
    ),
]  # fmt: skip
