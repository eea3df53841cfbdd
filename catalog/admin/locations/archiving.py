"""The page that says what names locations before they are closed permanently."""

import hashlib
from collections.abc import Callable, Iterable
from typing import NamedTuple

from django.contrib.admin import helpers
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from catalog.models import Location, LocationAccess
from integration.admin.shared.tenancy import TenantAdmin

_CONFIRMED = "named"  # The form field with the digest of what the page showed.
_SHOWN = 50  # Of each kind at a location.


class Named(NamedTuple):
    """Something that names a location: its kind, its name and its page."""

    kind: str
    name: str
    address: str


def _limited_users(location: Location) -> Iterable[Named]:
    rows = LocationAccess.objects.filter(location=location).select_related("user")
    for row in rows.order_by("user__full_name", "pk")[:_SHOWN]:
        address = reverse("admin:integration_user_change", args=[row.user.pk])
        yield Named("limited user", row.user.get_full_name() or str(row.user), address)


# Other apps add what names a location of theirs.
NAMED_BY: list[Callable[[Location], Iterable[Named]]] = [_limited_users]


def ask(admin: TenantAdmin, request: HttpRequest, locations: list[Location]) -> HttpResponse | None:
    """Return the page to confirm, or None if nothing names them or the page was confirmed."""
    groups = [
        {"named": location, "by": [row for names in NAMED_BY for row in names(location)]}
        for location in locations
    ]
    groups = [group for group in groups if group["by"]]
    digest = hashlib.sha256(repr(groups).encode()).hexdigest()[:16]
    confirmed = request.POST.get(_CONFIRMED)
    if not groups or confirmed == digest:
        return None
    count = len(locations)
    context = {
        **admin.admin_site.each_context(request),
        "opts": admin.opts,
        "title": "Archive: close permanently",
        "chosen": f"{count:,} location{'' if count == 1 else 's'}",
        "groups": groups,
        "has_changed": confirmed is not None,
        "fields": [
            ("action", "archive"),
            (_CONFIRMED, digest),
            *((helpers.ACTION_CHECKBOX_NAME, location.pk) for location in locations),
        ],
    }
    return TemplateResponse(request, "admin/catalog/bulk/archive.html", context)
