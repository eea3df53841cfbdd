"""The page "As Stream sees it" for one location and for the merchant's global catalog.

Viewing it does not count as a pull by Stream.
"""

from typing import Any

import orjson
from csp.decorators import csp_replace
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.http import content_disposition_header
from django.utils.text import capfirst

from catalog.admin.scope.location_limits import is_limited, limit_of
from catalog.models import CatalogSnapshot, Location
from catalog.snapshots import service as snapshots
from catalog.stream_view import parser as catalog_parser
from catalog.stream_view import status as stream_status
from catalog.validation.report import MODELS
from integration import wakeups
from integration.admin.shared.tenancy import chosen_merchant, signed_in_user
from integration.models import Merchant

from . import browser as catalog_browser
from .browser import Place

# A larger stale catalog is rebuilt by the worker, so that no request waits for it.
_BUILT_HERE_BYTES = 2_000_000
_MOST_LOCATIONS = 12
_SHOWN_JSON_BYTES = 60_000
_SHOWN_OF_EACH_KIND = 5


def location_urls(model_admin: Any) -> list[Any]:
    def view(request: HttpRequest, object_id: str) -> HttpResponse:
        location = model_admin.get_object(request, unquote(object_id))
        if location is None:  # Another merchant's, or outside the user's limits.
            raise Http404
        if location.archived_at is not None:
            messages.warning(request, f"{location} is archived: Stream no longer reads its menu.")
            address = reverse("admin:catalog_location_change", args=[location.pk])
            return HttpResponseRedirect(address)
        return _respond(model_admin, request, Place(location.merchant, location))

    address = "<path:object_id>/as-stream-sees-it/"
    return [path(address, _page(model_admin, view), name="catalog_location_stream")]


def menu_urls(model_admin: Any) -> list[Any]:
    def view(request: HttpRequest) -> HttpResponse:
        if not model_admin.has_view_permission(request):
            raise PermissionDenied
        merchant = signed_in_user(request).merchant or chosen_merchant(request)
        if merchant is None:
            return _choice(model_admin, request)
        if is_limited(request):  # The global catalog also covers other locations.
            locations = _locations(request, merchant)
            if not locations:
                raise Http404
            return HttpResponseRedirect(Place(merchant, locations[0]).address())
        return _respond(model_admin, request, Place(merchant, None))

    return [path("as-stream-sees-it/", _page(model_admin, view), name="catalog_menu_stream")]


def _page(model_admin: Any, view: Any) -> Any:
    """Allow images from any host, as pictures of dishes may be anywhere on the web."""
    with_pictures = csp_replace({"img-src": ["'self'", "data:", "https:"]})
    return model_admin.admin_site.admin_view(with_pictures(view))


def _choice(model_admin: Any, request: HttpRequest) -> HttpResponse:
    choices = [
        (merchant, f"merchant={merchant.pk}") for merchant in Merchant.objects.order_by("name")
    ]
    page = {
        **model_admin.admin_site.each_context(request),
        "title": "As Stream sees it: which merchant?",
        "lead": "Stream reads each merchant's catalog separately.",
        "choices": choices,
    }
    return TemplateResponse(request, "admin/choose_merchant.html", page)


def _respond(model_admin: Any, request: HttpRequest, place: Place) -> HttpResponse:
    if not model_admin.has_view_permission(request, place.location):
        raise PermissionDenied
    snapshot, is_fresh = _find_snapshot(place)
    content = stream_status.content_of(snapshot)
    if "download" in request.GET:
        return _download(place, content)
    catalog = catalog_parser.Catalog(content)
    page = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": f"As Stream sees it: {place.location or 'all locations'}",
        "place": place,
        "places": _links(request, place),
        "standing": _comparison(place, snapshot, catalog),
        "is_fresh": is_fresh,
        "may_see_events": request.user.has_perm("integration.view_outboundevent"),
        **_facts(place, snapshot, catalog),
        **catalog_browser.menu_context(request.GET, place, catalog),
    }
    return TemplateResponse(request, "admin/catalog/as_stream/page.html", page)


def _comparison(place: Place, snapshot: CatalogSnapshot, catalog: catalog_parser.Catalog) -> Any:
    if place.location is None:
        return None
    return stream_status.comparison(snapshot, place.location, catalog, place.merchant.currency)


def _facts(
    place: Place, snapshot: CatalogSnapshot, catalog: catalog_parser.Catalog
) -> dict[str, Any]:
    return {
        "snapshot": snapshot,
        "gzip_size": len(snapshot.content),  # type: ignore[attr-defined]  # Annotated by snapshots.
        "counts": [(_plural(kind), len(catalog.raw[kind])) for kind in catalog_parser.KINDS],
        "download": place.address(download="json"),
        "json": _json(catalog, snapshot.size),
        "json_is_whole": snapshot.size <= _SHOWN_JSON_BYTES,
        "json_each": _SHOWN_OF_EACH_KIND,
    }


def _plural(kind: str) -> str:
    return str(capfirst(MODELS[kind]._meta.verbose_name_plural))


def _find_snapshot(place: Place) -> tuple[CatalogSnapshot, bool]:
    """Return the catalog, and True if it holds every edit; never record a pull."""
    stored = snapshots.stored(place.merchant, place.key)
    if stored is not None and stored.etag:
        if snapshots.is_fresh(stored):
            return stored, True
        if stored.size > _BUILT_HERE_BYTES:
            wakeups.on_commit("catalog.tasks.refresh", place.merchant.pk)
            return stored, False
    try:
        return snapshots.up_to_date(place.merchant, place.key), True
    except Location.DoesNotExist as error:  # Archived meanwhile.
        raise Http404 from error


def _download(place: Place, content: bytes) -> HttpResponse:
    response = HttpResponse(content, content_type="application/json")
    name = f"catalog-{place.key or place.merchant.provider_id}.json"
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


def _json(catalog: catalog_parser.Catalog, size: int) -> str:
    """Return indented JSON; of a large catalog only the first objects of each kind."""
    shown = catalog.raw
    if size > _SHOWN_JSON_BYTES:
        shown = catalog_parser.excerpt(catalog.raw, _SHOWN_OF_EACH_KIND)
    text = orjson.dumps(shown, option=orjson.OPT_INDENT_2).decode()
    return text[: 3 * _SHOWN_JSON_BYTES]


def _locations(request: HttpRequest, merchant: Merchant) -> list[Location]:
    live = Location.objects.filter(merchant=merchant, archived_at=None)
    limit = limit_of(request)
    visible = live if limit is None else live.filter(pk__in=limit)
    return list(visible[: _MOST_LOCATIONS + 1])


def _links(request: HttpRequest, current: Place) -> list[dict[str, Any]]:
    """Link to the merchant's other catalogs, or to none if there are too many locations."""
    places = [
        Place(current.merchant, location) for location in _locations(request, current.merchant)
    ]
    if not is_limited(request):
        places.insert(0, Place(current.merchant, None))
    if not 1 < len(places) <= _MOST_LOCATIONS + 1:
        return []
    return [
        {
            "name": place.location or "All locations",
            "address": place.address(),
            "is_here": place.location == current.location,
        }
        for place in places
    ]
