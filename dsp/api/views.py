"""The endpoints by which Stream reads stores and connects them (contract DSP-LOC, DSP-CON)."""

from typing import Any

import orjson
from django.db import transaction
from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dsp import client_role
from dsp.models import Store
from dsp.stores import connection
from integration.api.errors import error_response
from integration.api.request_body import BodyTooLarge, read_body
from integration.oauth.authentication import hold_authorization, merchant_of

_BODY_LIMIT = 1_000_000


class LocationsView(APIView):
    """The merchant's stores that are on the channel, without archived ones."""

    required_scope = client_role.LOCATIONS

    def get(self, request: Request) -> Response:
        stores = _stores_of(request).filter(is_on=True)
        return Response({"locations": [_on_the_wire(store) for store in stores]})


class ConnectionView(APIView):
    """Read, create and end the connection of one store."""

    required_scope = client_role.CONNECTION

    def get(self, request: Request) -> Response:
        return _respond(request, request.query_params.get("location_id"))

    def post(self, request: Request) -> Response:
        return self._change(request, connect=True)

    def delete(self, request: Request) -> Response:
        return self._change(request, connect=False)

    def _change(self, request: Request, *, connect: bool) -> Response:
        try:
            body = read_body(request._request, limit=_BODY_LIMIT)
        except BodyTooLarge:
            return error_response(413, "invalid_request", "The body is larger than 1 MB.")
        location_id = _location_id_in(body)
        if not connect and not body.strip():  # Some paths drop the body of a DELETE.
            location_id = request.query_params.get("location_id")
        return _respond(request, location_id, connect=connect)


def _respond(request: Request, location_id: str | None, *, connect: bool | None = None) -> Response:
    """Change the connection if `connect` is given, and return its state."""
    if not location_id:
        return error_response(400, "invalid_request", "location_id is missing or not a string.")
    # No ID has a NUL, and PostgreSQL refuses it.
    stores = _stores_of(request).filter(provider_id=location_id.replace("\0", "\ufffd"))
    if connect is not None:
        with transaction.atomic():
            hold_authorization(request)
            (connection.connect if connect else connection.disconnect)(stores)
    store = stores.first()
    if store is None:
        return error_response(404, "not_found", "There is no such store.")
    connected = connection.is_connected(store)
    return Response({"location_id": store.provider_id, "connected": connected})


def _stores_of(request: Request) -> "QuerySet[Store]":
    return Store.objects.filter(merchant=merchant_of(request), archived_at=None)


def _location_id_in(body: bytes) -> str | None:
    """Return the body's location_id, or None if it is missing or not a string."""
    try:
        sent = orjson.loads(body)
    except ValueError:
        return None
    location_id = sent.get("location_id") if isinstance(sent, dict) else None
    return location_id if isinstance(location_id, str) else None


def _on_the_wire(store: Store) -> dict[str, Any]:
    names = ("address_line_1", "address_line_2", "city", "state", "postal_code", "country")
    values = {name: getattr(store, name) for name in names}
    if not store.address_line_2:
        del values["address_line_2"]
    return {"provider_id": store.provider_id, "name": store.name, "address": values}
