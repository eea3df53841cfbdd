"""What is stored is shown: each field of orders and channel has a page, or a reason for none.

A new field fails here until it is entered below with the file that shows it. `INTERNAL` is for
what means nothing to people; a field that nobody needs is not stored at all.
"""

import re
from typing import Any

import msgspec
import pytest
from django.apps import apps

from orders.inbound.create import _DETAILS
from orders.protocol import schema
from tests.check import ROOT

CARD, CARDS = "templates/board/card.html", "orders/board/cards.py"
HANDOVER, ORDER_PAGE = "orders/staff_pages/handover.py", "orders/admin/orders/page.py"
FOLLOWED = "orders/admin/followed/page.py"
CHANNEL, CHANNEL_PAGE = (
    "dsp/admin/orders/page.py",
    "templates/admin/dsp/channelorder/change_form.html",
)
MENU = "dsp/admin/menus.py"
STORE, STORE_STATUS = "dsp/admin/stores/page.py", "dsp/admin/stores/status.py"
KEY = "the key of the row"
ONCE = "recognizes a repeat"
LEASE = "the worker's own bookkeeping"
SUPPORT = "for our support, who read the database"

SHOWN: dict[str, dict[str, str]] = {
    "orders.Order": {
        CARD: "id location customer_name prep_time_minutes unpaid total driver",
        CARDS: """brand state stream_knows source dsp_order_id dsp_order_number fulfillment_type
            details currency delivery_status is_in_store created_at updated_at seen_at""",
        HANDOVER: "customer_phone",
        "orders/models/orders.py": "is_future_order",
        ORDER_PAGE: """requested_for placed_at subtotal tax entered_by sent_to_stream erased_at
            wait_seconds kitchen_seconds""",
    },
    "orders.OrderLine": {
        "templates/board/lines.html": "id depth name quantity special_instructions",
        "orders/staff_pages/shares.py": "customer_id",
        ORDER_PAGE: "price_amount",
    },
    "orders.OrderEvent": {"orders/admin/orders/timeline.py": "at actor what state details"},
    "orders.FollowedOrder": {
        FOLLOWED: """stream_location_id stream_order_id reference_id merchant location own_order
            source dsp_order_id dsp_order_number pos_order_id fulfillment_type status
            delivery_status due_at confirmed_at ended_at erased_at""",
        "templates/admin/orders/followedorder/change_form.html": "customer_name",
        HANDOVER: "customer_phone customer_phone_code currency total unpaid details",
        "orders/admin/followed/totals.py": "subtotal tax",
    },
    "orders.FollowedEvent": {"orders/admin/followed/timeline.py": "at actor what details"},
    "orders.InboundEvent": {
        "orders/admin/inbound/events.py": """merchant received_at event_type body outcome
            status_code answer order erased_at""",
        "orders/reports/refusals.py": "reasons",
        "orders/reports/scope.py": "source",
    },
    "orders.StreamEvent": {
        "orders/admin/followed/events.py": """received_at event_type body outcome reason
            stream_location_id stream_order_id followed erased_at""",
    },
    "orders.StreamLocation": {
        "orders/admin/followed/locations.py": """stream_id location reference_id first_seen_at
            mapped_at mapped_by""",
    },
    "orders.Driver": {"templates/dispatch/drivers.html": "merchant name phone code is_active"},
    "orders.DriverAssignment": {
        "orders/dispatch/cards.py": "location driver order due_at assigned_at out_at delivered_at",
        FOLLOWED: "followed assigned_by replaced_at",
    },
    "orders.StaffCall": {
        "orders/templatetags/staff_calls.py": "location since",
        "orders/alerts/text.py": "order reason",
    },
    "dsp.ChannelOrder": {
        CHANNEL_PAGE: """number merchant store failure_message accept_count special_instructions
            fulfillment_instructions""",
        CHANNEL: """provider_id scope placed_at sent_at accepted_at ended_at requested_for ready_at
            fulfillment_type customers delivery_address should_include_utensils brand menu_number
            is_unpaid payment_provider payment_reference payment_amount
            is_authorized_only erased_at""",
        "dsp/admin/orders/advice.py": "state money send_at failure_reason",
        "dsp/admin/orders/amounts.py": """lines currency subtotal tax taxes tax_withheld discounts
            service_charge store_tip driver_tip delivery_fee delivery_fee_taxes total""",
    },
    "dsp.ChannelOrderEvent": {CHANNEL: "at state actor detail staff_detail"},
    "dsp.Refund": {
        CHANNEL: "provider_id amount currency reason state reference created_at done_at",
        "dsp/admin/refunds.py": "order kind",
    },
    "dsp.Quote": {"dsp/order_page/checkout.py": "store lines ready_at currency amounts total"},
    "dsp.ReceivedEvent": {
        "dsp/admin/events.py": "store received_at event_type body outcome problem",
    },
    "dsp.ChannelKey": {
        "dsp/admin/keys.py": """merchant name beginning stores is_limited created_at created_by
            last_used_at revoked_at""",
    },
    "dsp.ReceivedMenu": {
        MENU: """store received_at verdict reason shown_address attempt_count due_at leased_until
            number live_at version currency prep_time_minutes counts left_out_count""",
        "templates/admin/dsp/receivedmenu/change_form.html": "left_out notes changes",
    },
    "dsp.MenuContent": {MENU: "file", "dsp/admin/menu_preview.py": "menu compiled"},
    "dsp.AvailabilityChange": {
        "dsp/admin/menu_preview.py": "store kind stream_id is_active until reason",
    },
    "dsp.Store": {
        STORE: """provider_id name address_line_1 address_line_2 city state postal_code country
            timezone phone fulfillment_types delivery_fee delivery_fee_tax_rate service_charge
            withholds_tax guests_may_cancel_late is_on connected_at disconnected_at""",
        STORE_STATUS: """merchant paused_until own_paused_until turned_away_until suspect_since
            live_menu archived_at""",
    },
}
INTERNAL: dict[str, dict[str, str]] = {
    "orders.Order": {
        "merchant": "is the location's",
        "identity": ONCE,
        "fingerprint": ONCE,
        "answer": "repeated byte for byte; the event log shows it",
        "stock_taken": "goes back to the stock on a cancelation",
    },
    "orders.OrderLine": {
        "order": KEY,
        "parent": "the depth shows it",
        "position": "the sequence shows it",
        "kind": "decides whether the line has a switch",
        "provider_id": "what the switch turns off",
        "group_id": "goes to Stream when it is asked to deliver the order",
    },
    "orders.OrderEvent": {"id": KEY, "order": KEY},
    "orders.FollowedOrder": {"id": KEY, "updated_at": "tells pages that something changed"},
    "orders.FollowedEvent": {"id": KEY, "followed": KEY},
    "orders.InboundEvent": {"id": KEY, "location_named": "limits who sees the event"},
    "orders.StreamEvent": {"id": KEY, "content": ONCE},
    "orders.StreamLocation": {"id": KEY},
    "orders.Driver": {
        "id": KEY,
        "created_at": SUPPORT,
        "deactivated_at": "when the erasure of a driver is due",
        "erased_at": "an erased driver is not listed",
    },
    "orders.DriverAssignment": {"id": KEY, "merchant": "is the location's"},
    "orders.StaffCall": {
        "id": KEY,
        "at": "the situation began at `since`, which is shown",
        "ended_at": "an ended alert is not shown",
        "mailed_at": ONCE,
    },
    "orders.BoardPresence": {
        "location": KEY,
        "seen_at": "whether somebody watches: an alert says so if nobody does",
    },
    "dsp.ChannelOrder": {
        "id": KEY,
        "business_day": "makes the number unique",
        "idempotency_key": ONCE,
        "request_digest": ONCE,
        "answer": "repeated byte for byte",
        "state_since": "the history has each state with its time",
        "placed_from": "limits orders that nobody has paid",
        "outbound_event_id": "the page shows the event itself",
    },
    "dsp.ChannelOrderEvent": {"id": KEY, "order": KEY, "digest": ONCE},
    "dsp.Refund": {"id": KEY},
    "dsp.Quote": {
        "id": KEY,
        "provider_id": "in the hidden field of the guest's form",
        "menu_number": "whether the menu changed since",
        "created_at": "when it is cleared away",
        "valid_until": "an expired one is replaced by a new one, and the guest is told",
        "fulfillment_type": "the order that comes of it shows it",
        "requested_for": "the order that comes of it shows it",
        "cart": "the lines show it",
    },
    "dsp.ReceivedEvent": {"id": KEY, "merchant": "limits who sees the event"},
    "dsp.ChannelKey": {"id": KEY, "checksum": "a secret's"},
    "dsp.ReceivedMenu": {
        "id": KEY,
        "arrival": "its sequence among the events",
        "sealed_address": "a secret",
        "claim": LEASE,
    },
    "dsp.MenuContent": {
        "guest_body": "what guests get; the preview shows the same menu",
        "guest_gzip": "the same, compressed",
        "object_ids": "an index",
    },
    "dsp.AvailabilityChange": {"id": KEY, "arrival": "its sequence among the events"},
    "dsp.Store": {
        "id": KEY,
        "paused_at": "the end of the pause is shown",
        "own_paused_at": "the end of the pause is shown",
        "turned_away_at": "the end is shown, and the order that it was about",
        "overlay_revision": LEASE,
        "created_at": SUPPORT,
    },
}
# What Stream sends about an order and we keep in one JSON field: where each member is shown.
MEMBERS: dict[type[Any], dict[str, str]] = {
    schema.Customer: {
        ORDER_PAGE: "name phone email masked_phone_code",
        "orders/staff_pages/shares.py": "id name",
    },
    schema.Address: {
        HANDOVER: """street address_line_1 address_line_2 city state postal_code zip country lat
            long""",
    },
    schema.Discount: {ORDER_PAGE: "amount id item_id"},
    schema.Driver: {
        ORDER_PAGE: "source name phone vehicle_info passcode handoff_instructions picture_url",
    },
    schema.Phone: {ORDER_PAGE: "number code"},
    schema.Vehicle: {ORDER_PAGE: "make model color license_plate is_autonomous"},
    schema.Cancelation: {"orders/staff_pages/endings.py": "reason source"},
}
DETAILS = {
    ORDER_PAGE: """customers discounts store_tip driver_tip delivery_fee delivery_fee_tax
        delivery_fee_taxes service_charge tax_withheld_by_dsp should_include_utensils""",
    HANDOVER: "delivery_address special_instructions fulfillment_instructions",
}
_OF_CANCELATION = {"provider_id", "order_id", "location_id"}  # Which order it is.


def models() -> dict[str, Any]:
    found = [model for app in ("orders", "dsp") for model in apps.get_app_config(app).get_models()]
    return {model._meta.label: model for model in found}


def mentions(place: str, name: str) -> bool:
    """Return whether the file reads the field: by its name, its key or its label."""
    pattern = rf"\b(get_)?{name}(_id|_display|__\w+)?\b"
    return re.search(pattern, (ROOT / place).read_text()) is not None


def names_in(places: dict[str, str]) -> list[str]:
    return [name for names in places.values() for name in names.split()]


@pytest.mark.once
def test_every_stored_field_is_shown_or_has_a_reason_why_not():
    for label, model in models().items():
        fields = {field.name for field in [*model._meta.concrete_fields, *model._meta.many_to_many]}
        listed = names_in(SHOWN.get(label, {}))
        reasons = INTERNAL.get(label, {})
        assert sorted([*listed, *reasons]) == sorted(fields), label
        assert all(reasons.values()), label
    assert {*SHOWN, *INTERNAL} == set(models())


@pytest.mark.once
def test_each_file_in_the_list_reads_the_fields_that_it_shows():
    tables = [*SHOWN.values(), *MEMBERS.values(), DETAILS]
    missing = [
        (place, name)
        for table in tables
        for place, names in table.items()
        for name in names.split()
        if not mentions(place, name)
    ]
    assert missing == []


@pytest.mark.once
def test_everything_that_stream_sends_into_a_json_field_is_shown():
    for kind, places in MEMBERS.items():
        sent = {field.name.removeprefix("cancel_") for field in msgspec.structs.fields(kind)}
        wanted = sent - (_OF_CANCELATION if kind is schema.Cancelation else set())
        assert set(names_in(places)) == wanted, kind
    assert sorted(names_in(DETAILS)) == sorted(_DETAILS)
