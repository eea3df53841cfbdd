"""A catalog as a download."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify

from catalog.import_export.exporter import export
from catalog.import_export.parser import BadCatalog
from catalog.models import Item, ItemFamily, Location, Modifier
from catalog.spreadsheets import formats
from catalog.spreadsheets.formats import CONTENT_TYPES, Format
from integration.models import Merchant

# Objects of a workbook that a request has time to write: about two seconds.
_MOST_IN_XLSX = 10_000
_OBJECTS: tuple[Any, ...] = (ItemFamily, Item, Modifier)  # Of which a menu may have thousands.
FORMATS = [(one.value, one.label) for one in (Format.XLSX, Format.CSV, Format.JSON)]


def respond(request: HttpRequest, merchant: Merchant) -> HttpResponse:
    """The merchant's catalog, or that of one of its locations, in the format asked for."""
    asked = request.GET.get("format", "")
    if asked not in Format.values:
        raise Http404
    wanted, location = Format(asked), _location(request, merchant)
    try:
        content = _content(merchant, location, wanted)
    except BadCatalog as error:
        messages.error(request, str(error))
        page = reverse("admin:catalog_catalogimport_transfer")
        return HttpResponseRedirect(f"{page}?merchant={merchant.pk}")
    name = slugify(location.name if location else merchant.name) or "catalog"
    response = HttpResponse(content, content_type=CONTENT_TYPES[wanted])
    response["Content-Disposition"] = (
        f'attachment; filename="{name}-{timezone.now():%Y-%m-%d}.{wanted.value}"'
    )
    return response


def _content(merchant: Merchant, location: Location | None, wanted: Format) -> bytes:
    if wanted == Format.XLSX:
        live = (model.objects.filter(merchant=merchant, archived_at=None) for model in _OBJECTS)
        if sum(objects.count() for objects in live) > _MOST_IN_XLSX:
            raise BadCatalog(
                "This menu is too large for an XLSX file from this page: take CSV, or use the"
                " command export_catalog."
            )
    return formats.written(export(merchant, location), wanted, merchant.currency)


def _location(request: HttpRequest, merchant: Merchant) -> Location | None:
    asked = request.GET.get("location")
    if not asked:
        return None
    found = Location.objects.filter(merchant=merchant, archived_at=None, provider_id=asked).first()
    if found is None:
        raise Http404
    return found
