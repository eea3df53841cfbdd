"""The events of the contract's examples (section 4.8)."""

PAUSE = {"type": "location.paused", "location_id": "str_8H2K", "until_ms": 1767229200000}
RESUME = {"type": "location.resume", "location_id": "str_8H2K"}
PUBLISH = {
    "type": "location.publish",
    "location_id": "str_8H2K",
    "download_url": "https://menus.s3.amazonaws.com/str_8H2K/71.json?X-Amz-Signature=0f1e",
}
UPDATE = {
    "type": "location.update",
    "location_id": "str_8H2K",
    "object_updates": {
        "items": [{"stream_id": "s-fam-burger", "is_active": False}],
        "variations": [{"stream_id": "s-var-fries-l", "is_active": True}],
        "modifiers": [{"stream_id": "s-mod-bacon", "is_active": False}],
    },
}
ACCEPT = {
    "type": "location.order.accept",
    "location_id": "str_8H2K",
    "order_id": "ord_01",
    "estimated_ready_at_ms": 1767226500000,
}
FAIL = {
    "type": "location.order.fail",
    "location_id": "str_8H2K",
    "order_id": "ord_01",
    "failure_reason": "items_unavailable",
    "failure_details": {
        "invalid_item_ids": ["s-var-burger-l"],
        "error_message": "Burger, large: none left today",
    },
}
STATUS = {
    "type": "location.order.notify_status_change",
    "location_id": "str_8H2K",
    "order_id": "ord_01",
    "order_status_update": "ready_for_pickup",
}
CANCEL = {"type": "location.order.cancel", "location_id": "str_8H2K", "order_id": "ord_01"}
ALL = [PAUSE, RESUME, PUBLISH, UPDATE, ACCEPT, FAIL, STATUS, CANCEL]
