"""URLs for Get Catalog (ours, the peer, the ceiling), orders and events (ours, the peers)."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from benchmarks.peers.nested_orders import NestedOrdersView
from benchmarks.peers.nested_serializers import NestedCatalogView
from benchmarks.peers.plain_events import PlainEventsView
from catalog.models import CatalogSnapshot

from .web import CEILING, PEER, PEER_EVENTS, PEER_ORDERS


def stored(request: HttpRequest) -> HttpResponse:
    """Return the stored bytes without checking a token or whether they are up to date."""
    location_id = request.headers["X-Provider-Location-Id"]
    snapshots = CatalogSnapshot.objects.filter(location__provider_id=location_id)
    content = bytes(snapshots.values_list("shared_body__content", flat=True).get() or b"")
    headers = {"Content-Encoding": "gzip"}
    return HttpResponse(content, content_type="application/json", headers=headers)


urlpatterns = [
    path(PEER.removeprefix("/"), NestedCatalogView.as_view()),
    path(PEER_ORDERS.removeprefix("/"), NestedOrdersView.as_view()),
    path(PEER_EVENTS.removeprefix("/"), PlainEventsView.as_view()),
    path(CEILING.removeprefix("/"), stored),
    path("", include("stream_pos.urls")),
]
