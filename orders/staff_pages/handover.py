"""How an order gets to its customer: where to, whom to call, what to know, what to collect."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext as _

from integration import currency
from orders.models import FollowedOrder, Order
from orders.states import OWN_DELIVERY

_ADDRESS = (
    "street", "address_line_1", "address_line_2", "city", "state", "postal_code", "zip", "country",
)  # fmt: skip
_NOTES = ("fulfillment_instructions", "special_instructions")
# The restaurant's own people carry these to the customer; they work from the printed ticket.
_BROUGHT = frozenset({OWN_DELIVERY, "curbside"})


@dataclass(frozen=True)
class Handover:
    """Template data about the customer of an order; empty where nothing was sent."""

    order: Order | FollowedOrder

    @property
    def is_own_delivery(self) -> bool:
        return self.order.fulfillment_type == OWN_DELIVERY

    @property
    def is_brought(self) -> bool:
        return self.order.fulfillment_type in _BROUGHT

    @property
    def name(self) -> str:
        return self.order.customer_name

    @cached_property
    def phone(self) -> dict[str, str]:
        order = self.order
        code = order.customer_phone_code if isinstance(order, FollowedOrder) else _code(order)
        return phone_of(order.customer_phone, code)

    @cached_property
    def address(self) -> str:
        """The delivery address in one line, or else its coordinates."""
        return address_of(self.order.details) or self._coordinates

    @property
    def maps(self) -> dict[str, str]:
        """Links to the address: in the phone's own map, and in a browser."""
        where = quote(self.address, safe="")
        near = self._coordinates or "0,0"
        return {"app": f"geo:{near}?q={where}", "web": f"https://maps.google.com/?q={where}"}

    @property
    def notes(self) -> list[str]:
        """What the customer wrote for the handover, then for the kitchen."""
        details = self.order.details
        return [str(text) for name in _NOTES if (text := details.get(name))]

    @property
    def is_scheduled(self) -> bool:
        """True if the customer chose the time, so that it must not be early either."""
        return isinstance(self.order, Order) and self.order.wanted_at is not None

    @property
    def to_collect(self) -> str:
        """The money to take from the customer; empty when it is paid."""
        order = self.order
        if not order.unpaid or order.total is None:
            return _("the amount on the receipt") if order.unpaid else ""
        code = order.currency
        return currency.as_text(order.total, code) if code else str(order.total)

    @property
    def _coordinates(self) -> str:
        sent = _mapping(self.order.details.get("delivery_address"))
        north, east = sent.get("lat"), sent.get("long")
        return "" if north is None or east is None else f"{north},{east}"


def address_of(details: Mapping[str, Any]) -> str:
    """Return the delivery address of an order's details in one line."""
    sent = _mapping(details.get("delivery_address"))
    return ", ".join(str(sent[name]).strip() for name in _ADDRESS if sent.get(name))


def phone_of(number: Any, code: Any) -> dict[str, str]:
    """Return a phone as it is shown, and as a telephone dials it: the code after a pause."""
    number, code = str(number or "").strip(), str(code or "").strip()
    digits = "".join(sign for sign in number if sign.isdigit() or sign == "+")
    dialed = f"{digits},{code}" if digits and code.isdigit() else digits
    return {"number": number, "code": code, "dialed": dialed}


def _code(order: Order) -> str:
    """Return the extension of the first customer's phone."""
    sent = order.details.get("customers") or [{}]
    return str(_mapping(sent[0]).get("masked_phone_code") or "")


def _mapping(sent: Any) -> Mapping[str, Any]:
    return sent if isinstance(sent, dict) else {}
