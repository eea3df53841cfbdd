"""Makes the records that tests begin with."""

import secrets
from datetime import timedelta
from typing import Any

from django.utils import timezone

from catalog import models
from catalog.locations import connection
from integration.models import (
    AccessToken,
    Application,
    Merchant,
    OutboundEvent,
    RefreshToken,
    User,
)
from integration.oauth.tokens import checksum
from integration.webhooks import outbox

ALL_SCOPES = "locations:read catalog:read orders:write connection:write"
PASSWORD = "correct horse battery"


def merchant(**fields: Any) -> Merchant:
    return Merchant.objects.create(**{"name": "Harbor Kitchen", "currency": "usd"} | fields)


def user(of: Merchant | None, role: str = "owner", **fields: Any) -> User:
    fields.setdefault("email", f"{secrets.token_hex(4)}@example.com")
    return User.objects.create_user(password=PASSWORD, merchant=of, role=role, **fields)


def location(of: Merchant, **fields: Any) -> models.Location:
    address = {"address_line_1": "1 Main St", "city": "Austin", "state": "TX"}
    return models.Location.objects.create(
        merchant=of,
        **{"name": "Downtown", "timezone": "America/Chicago", "prep_time_minutes": 20}
        | address
        | fields,
    )


def connect(one: models.Location) -> None:
    connection.connect(models.Location.objects.filter(pk=one.pk))
    one.refresh_from_db()


def access_token(of: User, *, scope: str = ALL_SCOPES, **fields: Any) -> Any:
    """An access token with its refresh token, as an exchanged code leaves them; `raw` readable."""
    raw, raw_refresh = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    application = Application.objects.get(name="Stream")
    family = {"token_family": "00000000-0000-4000-8000-" + secrets.token_hex(6)}
    common = {"user": of, "merchant": of.merchant, "application": application, **family}
    now = timezone.now()
    token = AccessToken(scope=scope, expires=now + timedelta(days=7), token="", **common, **fields)
    token._raw_token = raw
    token.save()
    refresh = RefreshToken(
        scope=scope, expires=now + timedelta(days=365), token="", access_token=token, **common
    )
    refresh._raw_token = raw_refresh
    refresh.save()
    assert token.token_checksum == checksum(raw)
    token.raw, token.raw_refresh = raw, raw_refresh
    return token


def event(of: Merchant, **fields: Any) -> OutboundEvent:
    made = outbox.emit(merchant_id=of.pk, location_id="loc_1", event_type="t", ordering_key="k")
    OutboundEvent.objects.filter(pk=made.pk).update(**fields)
    return made


def tax(of: Merchant, **fields: Any) -> models.Tax:
    return models.Tax.objects.create(merchant=of, **{"name": "Sales tax", "rate": "8.25"} | fields)


def menu(of: Merchant, *categories: models.Category, **fields: Any) -> models.Menu:
    made = models.Menu.objects.create(merchant=of, **{"name": "All day"} | fields)
    for position, one in enumerate(categories):
        models.MenuCategory.objects.create(menu=made, category=one, position=position)
    return made


def category(of: Merchant, *families: models.ItemFamily, **fields: Any) -> models.Category:
    made = models.Category.objects.create(merchant=of, **{"name": "Burgers"} | fields)
    for position, one in enumerate(families):
        models.CategoryFamily.objects.create(category=made, family=one, position=position)
    return made


def family(of: Merchant, *groups: models.ModifierGroup, **fields: Any) -> models.ItemFamily:
    made = models.ItemFamily.objects.create(
        merchant=of, **{"name": "Cheeseburger", "price_amount": 1000} | fields
    )
    for position, one in enumerate(groups):
        models.FamilyModifierGroup.objects.create(family=made, group=one, position=position)
    return made


def item(of: models.ItemFamily, **fields: Any) -> models.Item:
    """A size; a family with sizes has no price of its own."""
    models.ItemFamily.objects.filter(pk=of.pk).update(price_amount=None)
    return models.Item.objects.create(
        merchant=of.merchant, family=of, **{"name": "Large", "price_amount": 1500} | fields
    )


def group(of: Merchant, *modifiers: models.Modifier, **fields: Any) -> models.ModifierGroup:
    made = models.ModifierGroup.objects.create(merchant=of, **{"name": "Extras"} | fields)
    for position, one in enumerate(modifiers):
        models.GroupModifier.objects.create(group=made, modifier=one, position=position)
    return made


def modifier(of: Merchant, *nested: models.ModifierGroup, **fields: Any) -> models.Modifier:
    made = models.Modifier.objects.create(
        merchant=of, **{"name": "Extra patty", "price_amount": 500} | fields
    )
    for position, one in enumerate(nested):
        models.ModifierNestedGroup.objects.create(modifier=made, group=one, position=position)
    return made
