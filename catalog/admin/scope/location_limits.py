"""Who is limited to some locations, and to which (LocationAccess)."""

from django.http import HttpRequest

from catalog.models import Location, LocationAccess
from integration.admin.delivery.events import location_limits
from integration.admin.shared.tenancy import person
from integration.models import User

_KNOWN = "location_limit"  # The attribute of a request that keeps the answer.


def limit_of(request: HttpRequest) -> frozenset[int] | None:
    """The locations that the person may see; None: all of the merchant."""
    if not hasattr(request, _KNOWN):
        rows = LocationAccess.objects.filter(user=person(request))
        keys = frozenset(rows.values_list("location_id", flat=True))
        setattr(request, _KNOWN, keys or None)
    known: frozenset[int] | None = getattr(request, _KNOWN)
    return known


def is_limited(request: HttpRequest) -> bool:
    return limit_of(request) is not None


def provider_ids_of(user: User) -> set[str] | None:
    """For the events to Stream, which know a location by its provider_id."""
    mine = Location.objects.filter(locationaccess__user=user)
    return set(mine.values_list("provider_id", flat=True)) or None


location_limits.append(provider_ids_of)
