"""The guest's menu of a store, from stored bytes."""

from django.http import HttpResponse
from rest_framework.request import Request

from dsp.live import guest_menu
from dsp.live.guest_menu import GuestMenu
from dsp.live.state import NO_MENU
from dsp.ordering.refusals import NotFound, impossible
from integration.api.conditional import GZIP_TAG, accepts_gzip, known_etags

from .authentication import holder_of
from .base import ChannelView, searchable


class MenuView(ChannelView):
    """The live menu with what changed since; a closed store's menu is shown too."""

    def get(self, request: Request, store_id: str) -> HttpResponse:
        holder = holder_of(request)
        try:
            menu = guest_menu.find(holder.merchant.pk, searchable(store_id), holder.store_ids)
        except guest_menu.UnknownStore as error:
            raise NotFound("There is no such store.") from error
        if menu is None:
            raise impossible(NO_MENU, "The store has no menu.")
        return _response(request, menu)


def _response(request: Request, menu: GuestMenu) -> HttpResponse:
    takes_gzip = accepts_gzip(request.headers.get("Accept-Encoding", ""))
    response = HttpResponse(content_type="application/json")
    response["ETag"] = f'"{menu.etag}{GZIP_TAG if takes_gzip else ""}"'
    response["Vary"] = "Accept-Encoding, Authorization"
    response["Cache-Control"] = "private, no-cache"
    if known_etags(request.headers.get("If-None-Match", "")) & {menu.etag, "*"}:
        response.status_code = 304
        del response["Content-Type"]
        return response
    if takes_gzip:
        response["Content-Encoding"] = "gzip"
        response.content = menu.compressed()
    else:
        response.content = menu.plain()
    return response
