"""Look-up of the access token that a caller presents: one query in each of its requests."""

from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model
from django.utils import timezone

from integration.db import statements
from integration.models import AccessToken, Merchant, User

from .tokens import checksum

_Model = TypeVar("_Model", bound=Model)

# Written by hand: Django takes 1.5 ms to build this statement and to fill three whole models.
_STATEMENT = """
SELECT t.id, t.scope, t.user_id, t.merchant_id, u.is_active, u.merchant_id,
  m.provider_id, m.name, m.currency
FROM integration_accesstoken t
JOIN integration_user u ON u.id = t.user_id
JOIN integration_merchant m ON m.id = t.merchant_id
WHERE t.token_checksum = %s AND t.expires > %s
"""


def find(token: str) -> AccessToken | None:
    """Return the valid token with its user and merchant; their other fields are deferred."""
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    rows = statements.ask(_STATEMENT, [checksum(token), now])
    if not rows:
        return None
    key, scope, user_id, merchant_id, is_active, users_merchant_id, *merchant_values = rows[0]
    access_token = _loaded(
        AccessToken, id=key, scope=scope, user_id=user_id, merchant_id=merchant_id
    )
    access_token.user = _loaded(
        User, id=user_id, is_active=bool(is_active), merchant_id=users_merchant_id
    )
    names = ("provider_id", "name", "currency")
    access_token.merchant = _loaded(
        Merchant, id=merchant_id, **dict(zip(names, merchant_values, strict=True))
    )
    return access_token


def _loaded(model: type[_Model], **values: Any) -> _Model:
    """Build an instance as if read from the database; fields without a value are deferred."""
    names = [field.attname for field in model._meta.concrete_fields if field.attname in values]
    return model.from_db(DEFAULT_DB_ALIAS, names, [values[name] for name in names])
