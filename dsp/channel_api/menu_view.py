"""The guest's menu of a store, from stored bytes."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from dsp.live import guest_menu
from dsp.live.state import NO_MENU
from dsp.ordering.refusals import NotFound, impossible
from integration.api import conditional

from . import stored_menu
from .authentication import holder_of
from .base import ChannelView, searchable


class MenuView(ChannelView):
    """The live menu with what changed since; a closed store's menu is shown too."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer at once if there is a menu; everything else is up to `get`."""
        if conditional.may_be_stored(request):
            header = conditional.header_of(request)
            answer = stored_menu.at_once(header, kwargs["store_id"])
            if answer is not None:
                return answer.response()
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: Request, store_id: str) -> HttpResponse:
        holder = holder_of(request)
        try:
            menu = guest_menu.find(holder.merchant.pk, searchable(store_id), holder.store_ids)
        except guest_menu.UnknownStore as error:
            raise NotFound("There is no such store.") from error
        if menu is None:
            raise impossible(NO_MENU, "The store has no menu.")
        wish = conditional.wish_of(conditional.header_of(request._request))
        return stored_menu.answer(wish, menu).response()
