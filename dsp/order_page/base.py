"""A page for guests of one store: language, headers, and 404 for what they must not see."""

from typing import Any
from zoneinfo import ZoneInfo

from csp.decorators import csp_update
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.decorators import method_decorator
from django.views import View

from dsp.api.switch import while_on
from dsp.live import state
from dsp.live.state import StoreState
from dsp.models import FulfillmentType, Store
from integration.db import database_time

from . import language, words

KIND = FulfillmentType.DRIVE_THRU  # The one type that may be paid at the window.
# Pictures stand where the menu says; nothing else is loaded from elsewhere.
_pictures = csp_update({"img-src": ["https:"]})


@method_decorator([while_on, _pictures], name="dispatch")
class GuestPage(View):
    """A page of the store that the address names; everyone may open it."""

    store: Store
    cache_control = "private, no-cache"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        answer = language.remember(request)
        if answer is not None:
            return answer
        self.language = language.language_of(request)
        with translation.override(self.language):
            self.store = _store(kwargs.pop("store_id"))
            self.now = database_time.now()
            response = super().dispatch(request, *args, **kwargs)
        response.headers.setdefault("Cache-Control", self.cache_control)
        return response

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.store.timezone)

    def standing(self) -> StoreState:
        return state.state_of(self.store, self.now)

    def address(self, name: str, **parts: str) -> str:
        return reverse(f"order:{name}", kwargs={"store_id": self.store.provider_id, **parts})

    def page(
        self, template: str, context: dict[str, Any], *, here: str = "", status: int = 200
    ) -> HttpResponse:
        """Render a page; `here` is its address if it answers a form posted elsewhere."""
        around = {
            "store": self.store,
            "language": self.language,
            "languages": language.LANGUAGES,
            "here": here or self.request.get_full_path(),
            "start": self.address("menu"),
        }
        return render(self.request, template, around | context, status=status)

    def notice(self, standing: StoreState) -> str:
        """Return why nothing can be ordered here at the moment; empty while it can."""
        if KIND not in self.store.fulfillment_types:
            return words.not_offered()
        return words.closed(standing, self.now, self.zone)


def _store(provider_id: str) -> Store:
    # PostgreSQL refuses a zero byte in a text.
    stores = Store.objects.select_related("merchant", "live_menu").filter(archived_at=None)
    found = None if "\0" in provider_id else stores.filter(provider_id=provider_id).first()
    if found is None:
        raise Http404
    return found
