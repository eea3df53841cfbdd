"""Orders a POS must accept, generated from a pulled catalog (contract CAT, ORD-NEW)."""

from typing import Any, TypeAlias

from .choices import Choose
from .contract_answers import subtotal_of

Row: TypeAlias = dict[str, Any]

_SOURCES = ["uber", "doordash", "UBER", "grubhub", "some-new-channel", None]
_KINDS = ["delivery", "pickup", "curbside", "drive_thru", "dine_in", "kiosk", "by_balloon", None]
_AMOUNTS = ("tax", "store_tip", "driver_tip", "delivery_fee", "service_charge")
_MAX_DEPTH = 4


class Menu:
    """A location's catalog as Stream pulls it, indexed by id."""

    def __init__(self, location_id: str, catalog: Row) -> None:
        self.location_id = location_id
        self.groups = {row["provider_id"]: row for row in catalog["modifier_group"]}
        self.modifiers = {row["provider_id"]: row for row in catalog["modifier"]}
        items = {row["provider_id"]: row for row in catalog["item"]}
        self.offers: list[tuple[Row, Row | None]] = []
        for family in catalog["item_family"]:
            sizes = [items[item_id] for item_id in family["item_ids"]]
            for size in sizes or [None]:
                if self._is_available(family) and (size is None or self._is_available(size)):
                    self.offers.append((family, size))
        self.ids = [*self.groups, *self.modifiers, *items]
        self.ids += [row["provider_id"] for row in catalog["item_family"]]

    @staticmethod
    def _is_available(row: Row) -> bool:
        return row["is_active"] and row.get("stock_count") is None

    def options_of(self, group: Row) -> list[Row]:
        modifiers = [self.modifiers[modifier_id] for modifier_id in group["modifier_ids"]]
        return [row for row in modifiers if row["is_active"]]

    def line(self, choose: Choose, channel: str) -> Row:
        family, size = choose.one(self.offers)
        sold = size or family
        provider_id = sold["provider_id"]
        if size is None and choose.number(0, 9) == 0:
            provider_id += "_item"
        line = {
            "provider_id": provider_id,
            "name": sold["name"],
            "quantity": choose.number(1, 3),
            "price_amount": _price(sold, channel) + choose.one([0, 0, 0, 50]),
        }
        return self._with_choices(choose, line, family["modifier_group_ids"], size, channel, 1)

    def _with_choices(
        self,
        choose: Choose,
        line: Row,
        groups: list[str],
        size: Row | None,
        channel: str,
        depth: int,
    ) -> Row:
        modifiers: list[Row] = []
        for group_id in groups:
            modifiers += self._chosen(choose, self.groups[group_id], size, channel, depth)
        if modifiers:
            line["modifiers"] = modifiers
        return line

    def _chosen(
        self, choose: Choose, group: Row, size: Row | None, channel: str, depth: int
    ) -> list[Row]:
        rules, options = group["rules"], self.options_of(group)
        minimum = rules.get("minimum_unique_modifiers_allowed") or 0
        if not group["is_active"] or len(options) < minimum or not options:
            return []
        maximum = min(rules.get("maximum_unique_modifiers_allowed", len(options)), len(options))
        if depth > _MAX_DEPTH:
            maximum = minimum
        count = choose.number(minimum, maximum) if choose.flag() else minimum
        start = choose.number(0, len(options) - 1) if count else 0
        chosen = [options[(start + number) % len(options)] for number in range(count)]
        with_group_id = choose.flag() if count else False
        return [
            self._modifier(choose, row, group, with_group_id, size, channel, depth)
            for row in chosen
        ]

    def _modifier(
        self, choose: Choose, modifier: Row, group: Row, with_group_id: bool, size: Row | None,
        channel: str, depth: int,
    ) -> Row:  # fmt: skip
        overrides = {
            override["modifier_id"]: override["price_amount"]
            for override in (size or {}).get("modifier_overrides", [])
        }
        key, may_repeat = modifier["provider_id"], group["rules"]["selection_type"] == "multiple"
        line: Row = {
            "provider_id": key,
            "quantity": choose.number(1, 3) if may_repeat else 1,
            "price_amount": max(_price(modifier, channel), overrides.get(key, 0)),
        }
        if with_group_id:
            line["modifier_group_id"] = group["provider_id"]
        nested = modifier["modifier_group_ids"]
        return self._with_choices(choose, line, nested, size, channel, depth + 1)


def _price(row: Row, channel: str) -> int:
    """Return the price on a channel, which may override the normal one."""
    overrides = {
        override["dsp"]: override["price_amount"] for override in row["dsp_price_amount_overrides"]
    }
    price: int = overrides.get(channel, row["price_amount"])
    return price


def order(choose: Choose, menus: list[Menu]) -> Row:
    """Generate the object of an `order.created`, without its key and subtotal."""
    menu = choose.one(menus)
    source, kind = choose.one(_SOURCES), choose.one(_KINDS)
    lines = [menu.line(choose, (source or "").lower()) for _ in range(choose.number(1, 3))]
    if choose.number(0, 4) == 0:
        lines.append({"name": "Markup", "quantity": 1, "price_amount": choose.number(0, 500)})
    subject: Row = {
        "location_id": menu.location_id,
        "source": source,
        "fulfillment_type": kind,
        "line_items": lines,
        "unpaid": kind == "drive_thru" and choose.flag(),
    }
    for name in _AMOUNTS:
        if choose.flag():
            subject[name] = choose.number(0, 2_000)
    fee_tax = choose.one([None, "delivery_fee_tax", "delivery_fee_taxes"])
    if fee_tax:
        subject[fee_tax] = 31
    if choose.flag():
        most = subtotal_of(subject["line_items"])
        amount = choose.number(0, min(500, most))
        subject["discounts"] = [{"id": "d", "amount": amount}, {"amount": min(1, most - amount)}]
    if choose.number(0, 9) == 0:
        subject["customers"] = [{"name": choose.text(20), "phone": "+15555550101"}]
        subject["special_instructions"] = choose.text(50)
    return subject
