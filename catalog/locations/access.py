"""The locations a user may see: all of the merchant's, unless the user is limited to some."""

from django.db.models import Exists, Q, QuerySet

from catalog.models import Location, LocationAccess
from integration.models import User


def visible_locations(user: User) -> "QuerySet[Location]":
    """Return the locations at which a user works, archived ones included, as one query.

    Our own staff, who have no merchant, work at all of them.
    """
    locations = Location.objects.all()
    if user.merchant_id is None:
        return locations
    access = _access_of(user)
    is_within_limit = ~Exists(access) | Q(pk__in=access.values("location"))
    return locations.filter(is_within_limit, merchant=user.merchant_id)


def limit_of(user: User) -> frozenset[int] | None:
    """Return the primary keys of the locations a user is limited to; None: no limit."""
    return frozenset(_access_of(user).values_list("location_id", flat=True)) or None


def provider_id_limit_of(user: User) -> set[str] | None:
    """Return the same limit as provider_ids, by which events to Stream name a location."""
    return set(_access_of(user).values_list("location__provider_id", flat=True)) or None


def _access_of(user: User) -> "QuerySet[LocationAccess]":
    return LocationAccess.objects.filter(user=user)
