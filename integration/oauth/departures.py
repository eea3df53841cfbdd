"""Departures of people who gave an authorization: it stays, and the owners are told.

It belongs to the merchant. Whoever gave it may be switched off, lose the owner's role, move to
another merchant or be deleted: Stream stays connected, until an owner disconnects it.
"""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from integration.models import Alarm, Authorization
from integration.monitoring import alarms

from . import authorizations, client_roles


def tell_owners() -> int:
    """Tell the owners of each merchant whose authorization's person is none of them any more.

    Return how many authorizations that were. It looks at what is, so that no way of changing an
    account has to know of it: run every minute, and at once where an account is changed.
    """
    told = 0
    for role in sorted(set(_orphaned().values_list("role", flat=True))):
        merchant_ids = authorizations.live_merchant_ids(role)
        orphaned = _orphaned().filter(role=role, client_id=client_roles.client_id_of(role))
        for authorization in orphaned.select_related("user"):
            if authorization.merchant_id in merchant_ids:
                told += _tell(authorization)
    return told


def _orphaned() -> "QuerySet[Authorization]":
    return Authorization.objects.exclude(authorizations.IS_OWNERS).filter(owners_told_at=None)


@transaction.atomic
def _tell(authorization: Authorization) -> bool:
    """Raise the alarm; return False if another process has done it."""
    untold = Authorization.objects.filter(pk=authorization.pk, owners_told_at=None)
    if not untold.update(owners_told_at=timezone.now()):
        return False
    who = authorization.authorized_by or "Somebody"
    name = client_roles.named(authorization.role).display_name
    alarms.raise_alarm(
        Alarm.Kind.PERSON,
        endpoint=who[:32],
        merchant_id=authorization.merchant_id,
        message=f"{who}, who connected {name}, {_fate(authorization)}. The restaurant stays"
        " connected, and its orders go on. If it should not, disconnect on the account page.",
    )
    return True


def _fate(authorization: Authorization) -> str:
    user = authorization.user
    if user is None:
        return "was removed"
    if user.merchant_id != authorization.merchant_id:
        return "has moved to another restaurant"
    return "is no longer an owner" if user.is_active else "was switched off"
