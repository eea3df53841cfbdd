"""The demo merchants' stores on the ordering channel, while the DSP role is on."""

from typing import Any

from django.conf import settings
from django.utils import timezone

from dsp.channel_api import keys
from dsp.models import ChannelKey, FulfillmentType, Store
from integration.models import Merchant

_KEY_NAME = "Demo front end"
_AUSTIN = {"city": "Austin", "state": "TX", "country": "USA", "timezone": "America/Chicago"}
_TYPES = [
    FulfillmentType.PICKUP,
    FulfillmentType.CURBSIDE,
    FulfillmentType.DRIVE_THRU,
    FulfillmentType.MERCHANT_DELIVERY,
]
_STORES: dict[str, tuple[dict[str, str], ...]] = {
    "mer_harbor_kitchen": (
        {
            "provider_id": "str_harbor_downtown",
            "name": "Harbor Kitchen Downtown, order ahead",
            "address_line_1": "200 Congress Ave",
            "postal_code": "78701",
            "phone": "+15125550100",
        },
        {
            "provider_id": "str_harbor_lakeside",
            "name": "Harbor Kitchen Lakeside, order ahead",
            "address_line_1": "1801 S Lakeshore Blvd",
            "address_line_2": "Suite 4",
            "postal_code": "78741",
            "phone": "+15125550101",
        },
    ),
    "mer_casa_verde": (
        {
            "provider_id": "str_casa_verde",
            "name": "Casa Verde, order ahead",
            "address_line_1": "1500 E Cesar Chavez St",
            "postal_code": "78702",
            "phone": "+15125550133",
        },
    ),
}


def seed_channel() -> dict[str, Any]:
    """Create missing stores, replace the demo keys, and return both with the client.

    The form is that of contract DSP-API, "Demo data".
    """
    return {
        "client": {
            "client_id": settings.STREAM_DSP_CLIENT_ID,
            "client_secret": settings.STREAM_DSP_CLIENT_SECRET,
            "redirect_uris": settings.STREAM_DSP_REDIRECT_URIS,
        },
        "merchants": [_merchant(provider_id) for provider_id in _STORES],
    }


def _merchant(provider_id: str) -> dict[str, Any]:
    merchant = Merchant.objects.get(provider_id=provider_id)
    stores = [_store(merchant, fields) for fields in _STORES[provider_id]]
    return {
        "provider_id": provider_id,
        "stores": [{"provider_id": store.provider_id, "name": store.name} for store in stores],
        "channel_key": _new_key(merchant),
    }


def _store(merchant: Merchant, fields: dict[str, str]) -> Store:
    store, _ = Store.objects.get_or_create(
        provider_id=fields["provider_id"],
        defaults={**_AUSTIN, **fields, "merchant": merchant, "fulfillment_types": list(_TYPES)},
    )
    return store


def _new_key(merchant: Merchant) -> str:
    before = ChannelKey.objects.filter(merchant=merchant, name=_KEY_NAME, revoked_at=None)
    before.update(revoked_at=timezone.now())
    _, text = keys.create(merchant, name=_KEY_NAME, created_by="seed_demo")
    return text
