"""Two demo merchants with users, drivers, locations and menus.

A second run only resets the passwords.
"""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from catalog import models
from catalog.import_export.importer import import_catalog
from integration.models import Merchant, User
from integration.oauth.client import ensure_stream_application
from integration.roles import Role
from orders.models import Driver

from .channel_stores import seed_channel
from .images import illustrate

FOLDER = Path(__file__).parent
ADMIN_EMAIL = "admin@stream-pos.example"

_AUSTIN = {"city": "Austin", "state": "TX", "country": "USA", "timezone": "America/Chicago"}


@dataclass(frozen=True)
class Restaurant:
    provider_id: str
    name: str
    owner: tuple[str, str, str]  # E-mail, name, phone.
    menu: str
    drivers: tuple[tuple[str, str], ...]  # Name, phone.
    locations: tuple[dict[str, Any], ...]


RESTAURANTS = (
    Restaurant(
        provider_id="mer_harbor_kitchen",
        name="Harbor Kitchen",
        owner=("owner@harbor-kitchen.example", "Pat Harper", "+15125550100"),
        menu="harbor_kitchen.json",
        drivers=(("Dana Reed", "+15125550111"), ("Luis Ortega", "+15125550112")),
        locations=(
            {
                "provider_id": "loc_harbor_downtown",
                "name": "Harbor Kitchen Downtown",
                "address_line_1": "200 Congress Ave",
                "postal_code": "78701",
                "prep_time_minutes": 20,
            },
            {
                "provider_id": "loc_harbor_lakeside",
                "name": "Harbor Kitchen Lakeside",
                "address_line_1": "1801 S Lakeshore Blvd",
                "address_line_2": "Suite 4",
                "postal_code": "78741",
                "prep_time_minutes": 15,
            },
        ),
    ),
    Restaurant(
        provider_id="mer_casa_verde",
        name="Casa Verde",
        owner=("owner@casa-verde.example", "Rosa Delgado", "+15125550133"),
        menu="casa_verde.json",
        drivers=(("Noemi Salas", "+15125550134"),),
        locations=(
            {
                "provider_id": "loc_casa_verde",
                "name": "Casa Verde Taqueria",
                "address_line_1": "1500 E Cesar Chavez St",
                "postal_code": "78702",
                "prep_time_minutes": 10,
            },
        ),
    ),
)


def seed() -> dict[str, Any]:
    """Create missing demo data, set new passwords, and return the credentials and locations."""
    application = ensure_stream_application()
    accounts = {
        "client": {
            "client_id": application.client_id,
            "client_secret": settings.STREAM_CLIENT_SECRET,
            "redirect_uris": settings.STREAM_REDIRECT_URIS,
        },
        "admin": _admin(),
        "merchants": [_merchant(restaurant) for restaurant in RESTAURANTS],
    }
    return accounts | ({"dsp": seed_channel()} if settings.STREAM_DSP_CLIENT_ID else {})


def _admin() -> dict[str, str]:
    user = User.objects.filter(email=ADMIN_EMAIL).first()
    user = user or User(email=ADMIN_EMAIL, full_name="Stream POS staff", is_superuser=True)
    return {"email": ADMIN_EMAIL, "password": _new_password(user)}


def _new_password(user: User) -> str:
    password = secrets.token_urlsafe(9)
    user.is_active = True
    user.set_password(password)
    user.save()
    return password


@transaction.atomic
def _merchant(restaurant: Restaurant) -> dict[str, Any]:
    merchant, is_new = Merchant.objects.get_or_create(
        provider_id=restaurant.provider_id,
        defaults={"name": restaurant.name, "currency": "usd"},
    )
    locations = [_location(merchant, fields) for fields in restaurant.locations]
    if is_new:
        menu = json.loads((FOLDER / restaurant.menu).read_bytes())
        illustrate(merchant, menu)
        import_catalog(merchant, json.dumps(menu).encode(), merge=False)
        _add_location_overrides(locations)
    _add_drivers(merchant, restaurant)
    email, full_name, phone = restaurant.owner
    owner = User.objects.filter(email=email).first() or User(
        email=email, full_name=full_name, phone=phone, merchant=merchant, role=Role.OWNER
    )
    return {
        "provider_id": merchant.provider_id,
        "name": merchant.name,
        "email": email,
        "password": _new_password(owner),
        "locations": [{"provider_id": row.provider_id, "name": row.name} for row in locations],
    }


def _location(merchant: Merchant, fields: dict[str, Any]) -> models.Location:
    location, _ = models.Location.objects.get_or_create(
        provider_id=fields["provider_id"], defaults={**_AUSTIN, **fields, "merchant": merchant}
    )
    return location


def _add_drivers(merchant: Merchant, restaurant: Restaurant) -> None:
    """Add the drivers to a merchant that has none: a list that staff keep stays theirs."""
    if not Driver.objects.filter(merchant=merchant).exists():
        for name, phone in restaurant.drivers:
            Driver.objects.create(merchant=merchant, name=name, phone=phone)


def _add_location_overrides(locations: list[models.Location]) -> None:
    """Make the further locations differ: one higher price, one family switched off."""
    for location in locations[1:]:
        families = models.ItemFamily.objects.filter(
            merchant=location.merchant, price_amount__isnull=False, is_active=True
        ).order_by("pk")
        higher_priced, switched_off = families[0], families[1]
        models.FamilyAtLocation.objects.create(
            location=location,
            object=higher_priced,
            price_amount=(higher_priced.price_amount or 0) + 50,
        )
        models.FamilyAtLocation.objects.create(
            location=location, object=switched_off, is_active=False
        )
