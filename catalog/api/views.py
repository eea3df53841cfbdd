"""The endpoints by which Stream reads locations and catalogs and connects locations."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.locations import connection
from catalog.models import Location
from catalog.snapshots import service as snapshots
from integration.api import conditional
from integration.api.errors import error_response
from integration.api.json_body import read_json
from integration.api.request_body import BodyTooLarge, read_body
from integration.api.text import filled, is_blank
from integration.models import Merchant
from integration.oauth import authorizations
from integration.oauth.authentication import hold_authorization, merchant_of

from . import pulls
from .pulls import LOCATION_HEADER, MERCHANT_HEADER

_BODY_LIMIT = 64 * 1024


class AddressSerializer(serializers.Serializer[Location]):
    address_line_1 = serializers.CharField()
    address_line_2 = serializers.CharField()
    city = serializers.CharField()
    state = serializers.CharField()
    postal_code = serializers.CharField()
    country = serializers.CharField()


class LocationSerializer(serializers.Serializer[Location]):
    """A location on the wire (contract LOC)."""

    provider_id = serializers.CharField()
    name = serializers.CharField()
    timezone = serializers.CharField()
    prep_time_minutes = serializers.IntegerField()
    connection_status = serializers.ChoiceField(choices=["connected", "disconnected"])
    address = AddressSerializer(source="*")


class LocationsSerializer(serializers.Serializer[Any]):
    locations = LocationSerializer(many=True)


class ConnectionSerializer(serializers.Serializer[Any]):
    location_id = serializers.CharField()
    connected = serializers.BooleanField()


class LocationsView(APIView):
    """Get Locations: the merchant's locations, without archived ones (contract LOC)."""

    required_scope = "locations:read"

    @extend_schema(responses=LocationsSerializer)
    def get(self, request: Request) -> Response:
        locations = list(_locations_of(merchant_of(request)))
        for location in locations:
            # The request's token proves that the merchant's authorization is live.
            location.connection_status = (  # type: ignore[attr-defined]  # For the serializer.
                "connected" if location.is_connected else "disconnected"
            )
        return Response(LocationsSerializer({"locations": locations}).data)


class ConnectionView(APIView):
    """Read, create and end the connection of one location (contract CON)."""

    required_scope = "connection:write"

    @extend_schema(
        parameters=[OpenApiParameter("location_id", required=True)],
        responses=ConnectionSerializer,
    )
    def get(self, request: Request) -> Response:
        return self._respond(request, request.query_params.get("location_id"))

    @extend_schema(request=ConnectionSerializer, responses=ConnectionSerializer)
    def post(self, request: Request) -> Response:
        return self._respond(request, _location_id_in(request), connect=True)

    @extend_schema(
        parameters=[OpenApiParameter("location_id")],
        request=ConnectionSerializer,
        responses=ConnectionSerializer,
    )
    def delete(self, request: Request) -> Response:
        told = _location_ids_to_disconnect(request)
        if len(told) > 1:  # Neither can be meant for sure.
            return error_response(400, "invalid_request", "location_id has two different values.")
        return self._respond(request, next(iter(told), None), connect=False)

    def _respond(
        self, request: Request, location_id: str | None, *, connect: bool | None = None
    ) -> Response:
        """Change the connection if `connect` is given, and return its state."""
        if location_id is None or is_blank(location_id):
            return error_response(400, "invalid_request", "location_id is missing or not a string.")
        merchant = merchant_of(request)
        locations = _locations_of(merchant).filter(provider_id=pulls.searchable(location_id))
        location = locations.first()
        if location is None:
            return error_response(404, "not_found", "There is no such location.")
        if connect is not None:
            with transaction.atomic():
                hold_authorization(request)
                (connection.connect if connect else connection.disconnect)(locations)
        connected = location.is_connected if connect is None else connect
        connected = connected and authorizations.is_live(merchant.pk)
        return Response({"location_id": location.provider_id, "connected": connected})


class CatalogView(APIView):
    """Get Catalog: a location's or the global catalog, from the stored bytes (contract CAT)."""

    required_scope = pulls.SCOPE

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer at once if the catalog is up to date; everything else is up to `get`."""
        if conditional.may_be_stored(request):
            answer = pulls.at_once(conditional.header_of(request))
            if answer is not None:
                return answer.response()
        return super().dispatch(request, *args, **kwargs)

    @extend_schema(
        parameters=[
            OpenApiParameter(LOCATION_HEADER, location=OpenApiParameter.HEADER),
            OpenApiParameter(MERCHANT_HEADER, location=OpenApiParameter.HEADER),
        ],
        responses={200: OpenApiResponse(description="The catalog; see docs/contract.md, CAT.")},
    )
    def get(self, request: Request) -> HttpResponse:
        merchant = merchant_of(request)
        pull = pulls.read(conditional.header_of(request._request))
        if not pull.is_of(merchant.provider_id):
            return error_response(404, "not_found", "There is no such merchant.")
        try:
            snapshot = snapshots.pull(merchant, pull.wanted, known_etags=pull.wish.known)
        except Location.DoesNotExist:
            if not pull.location_id:
                return error_response(400, "invalid_request", _MISSING_HEADER)
            return error_response(404, "not_found", "There is no such location.")
        return pulls.answer(pull, snapshot).response()


_MISSING_HEADER = (
    f"This merchant does not have exactly one location: send {LOCATION_HEADER} for one location's"
    f" catalog, or {MERCHANT_HEADER} for the merchant's."
)


def _locations_of(merchant: Merchant) -> QuerySet[Location]:
    return Location.objects.filter(merchant=merchant, archived_at=None)


def _location_id_in(request: Request) -> str | None:
    """Return the body's location_id, or None if it is missing or not a string."""
    try:
        body = read_json(read_body(request._request, limit=_BODY_LIMIT))
        location_id = body.get("location_id") if isinstance(body, dict) else None
        if not isinstance(location_id, str):
            return None
        location_id.encode()  # Fails for half characters.
    except (ValueError, BodyTooLarge):
        return None
    return location_id


def _location_ids_to_disconnect(request: Request) -> set[str]:
    """Return location_id of the body and of the query: some paths drop the body of a DELETE."""
    told = [_location_id_in(request), *request.query_params.getlist("location_id")]
    return {location_id for location_id in map(filled, told) if location_id is not None}
