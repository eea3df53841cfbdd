"""Prep time by a location's rule."""

from catalog.models.order_rules import LONGEST_MINUTES, OrderRules

_EXAMPLE_ORDERS = 12
_EXAMPLE_ITEMS = 10


def minutes_for(rules: OrderRules, *, open_orders: int, items: int) -> int:
    """Return the prep time a customer is told (contract ORD-NEW, `prep_time_minutes`).

    The base time plus the rule's minutes for each open order and each item beyond the free ones:
    at most the location's longest time, and never less than its base time.
    """
    crowd = max(0, open_orders - rules.prep_orders_free) * rules.prep_minutes_per_order
    size = max(0, items - rules.prep_items_free) * rules.prep_minutes_per_item
    base = rules.prep_time_minutes
    return min(base + crowd + size, max(base, rules.prep_time_most_minutes or LONGEST_MINUTES))


def examples(rules: OrderRules) -> list[str]:
    """Illustrate the rule with sentences for people."""
    if not (rules.prep_minutes_per_order or rules.prep_minutes_per_item):
        return [f"Every customer is told {_minutes(rules.prep_time_minutes)}."]
    sentences = []
    if rules.prep_minutes_per_order:
        orders = rules.prep_orders_free + _EXAMPLE_ORDERS
        minutes = minutes_for(rules, open_orders=orders, items=1)
        sentences.append(f"With {orders} open orders, a customer is told {_minutes(minutes)}.")
    if rules.prep_minutes_per_item:
        items = rules.prep_items_free + _EXAMPLE_ITEMS
        minutes = minutes_for(rules, open_orders=0, items=items)
        sentences.append(
            f"A customer who orders {items} items while nothing else is open is told"
            f" {_minutes(minutes)}."
        )
    return sentences


def _minutes(count: int) -> str:
    return f"{count} minute" if count == 1 else f"{count} minutes"
