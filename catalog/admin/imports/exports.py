"""Catalog exports as downloads."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify

from catalog.import_errors.problems import BadCatalog
from catalog.import_export.exporter import export
from catalog.models import Location
from catalog.spreadsheets import bounded_export
from catalog.spreadsheets.formats import CONTENT_TYPES, Format
from integration.models import Merchant

FORMATS = [(one.value, one.label) for one in (Format.XLSX, Format.CSV, Format.JSON)]


def respond(request: HttpRequest, merchant: Merchant) -> HttpResponse:
    """Return the merchant's or one location's catalog in the requested format."""
    name = request.GET.get("format", "")
    if name not in Format.values:
        raise Http404
    file_format, location = Format(name), _location(request, merchant)
    try:
        json = export(merchant, location)
        content = bounded_export.written(json, file_format, merchant.currency)
    except BadCatalog as error:
        messages.error(request, str(error))
        page = reverse("admin:catalog_catalogimport_transfer")
        return HttpResponseRedirect(f"{page}?merchant={merchant.pk}")
    stem = slugify(location.name if location else merchant.name) or "catalog"
    response = HttpResponse(content, content_type=CONTENT_TYPES[file_format])
    response["Content-Disposition"] = (
        f'attachment; filename="{stem}-{timezone.now():%Y-%m-%d}.{file_format.value}"'
    )
    return response


def _location(request: HttpRequest, merchant: Merchant) -> Location | None:
    provider_id = request.GET.get("location")
    if not provider_id:
        return None
    location = Location.objects.filter(
        merchant=merchant, archived_at=None, provider_id=provider_id
    ).first()
    if location is None:
        raise Http404
    return location
