"""The address of a store's hosted order page, and its QR code."""

import io

import segno
from django.conf import settings

from dsp.models import Store


def address_of(store: Store) -> str:
    return f"{settings.PUBLIC_URL}/order/{store.provider_id}/"


def qr_code(store: Store) -> bytes:
    """Return the code as an SVG without a fixed size, so that it prints sharply at any."""
    code = segno.make(address_of(store), error="m", micro=False)
    image = io.BytesIO()
    code.save(image, kind="svg", border=4, omitsize=True, light="#fff", title=store.name, nl=False)
    return image.getvalue()
