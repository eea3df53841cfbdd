"""Create the records that tests start from."""

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
from integration.oauth import authorizations, client_roles
from integration.oauth.tokens import checksum
from integration.webhooks import outbox

ALL_SCOPES = "locations:read catalog:read orders:write connection:write"
PASSWORD = "correct horse battery"


def merchant(**fields: Any) -> Merchant:
    return Merchant.objects.create(**{"name": "Harbor Kitchen", "currency": "usd"} | fields)


def user(merchant: Merchant | None, role: str = "owner", **fields: Any) -> User:
    fields.setdefault("email", f"{secrets.token_hex(4)}@example.com")
    return User.objects.create_user(password=PASSWORD, merchant=merchant, role=role, **fields)


def location(merchant: Merchant, **fields: Any) -> models.Location:
    address = {"address_line_1": "1 Main St", "city": "Austin", "state": "TX"}
    return models.Location.objects.create(
        merchant=merchant,
        **{"name": "Downtown", "timezone": "America/Chicago", "prep_time_minutes": 20}
        | address
        | fields,
    )


def connect(location: models.Location) -> None:
    connection.connect(models.Location.objects.filter(pk=location.pk))
    location.refresh_from_db()


def access_token(
    user: User,
    *,
    scope: str = ALL_SCOPES,
    role: str = "pos",
    client: str = "Stream",
    client_id: str = "",
    **fields: Any,
) -> Any:
    """Create an access token and refresh token, as a code exchange does; `raw` holds the token.

    `client_id` is for a server whose settings differ from those of the caller.
    """
    raw, raw_refresh = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    application = Application.objects.get(name=client)
    merchant: Any = user.merchant
    authorization = authorizations.of_merchant(
        merchant.pk, role, client_id or client_roles.client_id_of(role) or application.client_id
    )
    authorizations.note_consent(authorization, user)
    common = {
        "user": user,
        "merchant": merchant,
        "application": application,
        "role": role,
        "authorization": authorization,
        "epoch": authorization.epoch,
        "token_family": "00000000-0000-4000-8000-" + secrets.token_hex(6),
    }
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


def event(merchant: Merchant, **fields: Any) -> OutboundEvent:
    created = outbox.emit(
        merchant_id=merchant.pk, location_id="loc_1", event_type="t", ordering_key="k"
    )
    OutboundEvent.objects.filter(pk=created.pk).update(**fields)
    return created


def tax(merchant: Merchant, **fields: Any) -> models.Tax:
    return models.Tax.objects.create(
        merchant=merchant, **{"name": "Sales tax", "rate": "8.25"} | fields
    )


def menu(merchant: Merchant, *categories: models.Category, **fields: Any) -> models.Menu:
    created = models.Menu.objects.create(merchant=merchant, **{"name": "All day"} | fields)
    for position, category in enumerate(categories):
        models.MenuCategory.objects.create(menu=created, category=category, position=position)
    return created


def category(merchant: Merchant, *families: models.ItemFamily, **fields: Any) -> models.Category:
    created = models.Category.objects.create(merchant=merchant, **{"name": "Burgers"} | fields)
    for position, family in enumerate(families):
        models.CategoryFamily.objects.create(category=created, family=family, position=position)
    return created


def family(merchant: Merchant, *groups: models.ModifierGroup, **fields: Any) -> models.ItemFamily:
    created = models.ItemFamily.objects.create(
        merchant=merchant, **{"name": "Cheeseburger", "price_amount": 1000} | fields
    )
    for position, group in enumerate(groups):
        models.FamilyModifierGroup.objects.create(family=created, group=group, position=position)
    return created


def item(family: models.ItemFamily, **fields: Any) -> models.Item:
    """Create an item (size); a family with items has no price of its own."""
    models.ItemFamily.objects.filter(pk=family.pk).update(price_amount=None)
    return models.Item.objects.create(
        merchant=family.merchant, family=family, **{"name": "Large", "price_amount": 1500} | fields
    )


def group(merchant: Merchant, *modifiers: models.Modifier, **fields: Any) -> models.ModifierGroup:
    created = models.ModifierGroup.objects.create(merchant=merchant, **{"name": "Extras"} | fields)
    for position, modifier in enumerate(modifiers):
        models.GroupModifier.objects.create(group=created, modifier=modifier, position=position)
    return created


def modifier(merchant: Merchant, *nested: models.ModifierGroup, **fields: Any) -> models.Modifier:
    created = models.Modifier.objects.create(
        merchant=merchant, **{"name": "Extra patty", "price_amount": 500} | fields
    )
    for position, group in enumerate(nested):
        models.ModifierNestedGroup.objects.create(modifier=created, group=group, position=position)
    return created
