"""Orders of the order page, found by the key that their guests alone have."""

from dsp.models import ChannelOrder, Store

SCOPE = "order_page"


def order_of(store: Store, key: str) -> ChannelOrder | None:
    """Return the order that was placed with the key at the store."""
    orders = ChannelOrder.objects.select_related("refund", "store")
    found = {"merchant_id": store.merchant_id, "scope": SCOPE, "idempotency_key": key}
    return orders.filter(store=store, **found).first()
