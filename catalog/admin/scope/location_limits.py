"""A request's limit to some locations, read once."""

from django.http import HttpRequest

from catalog.locations import access
from integration.admin.delivery.events import location_limits
from integration.admin.shared.tenancy import signed_in_user

_KNOWN = "location_limit"  # The attribute of a request that keeps the answer.


def limit_of(request: HttpRequest) -> frozenset[int] | None:
    """Return the primary keys of the locations the user may see; None: all of the merchant's."""
    if not hasattr(request, _KNOWN):
        setattr(request, _KNOWN, access.limit_of(signed_in_user(request)))
    known: frozenset[int] | None = getattr(request, _KNOWN)
    return known


def is_limited(request: HttpRequest) -> bool:
    return limit_of(request) is not None


location_limits.append(access.provider_id_limit_of)
