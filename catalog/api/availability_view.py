"""The availability endpoint for the vendor's own POS screens; callers are signed-in users."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.locations.access import visible_locations
from catalog.menu import availability
from catalog.models import Location
from integration import instants
from integration.api.errors import error_response
from integration.api.json_body import NotJson, read_json
from integration.api.request_body import BodyTooLarge, read_body
from integration.api.text import is_blank
from integration.db import database_time
from integration.models import User

_BODY_LIMIT = 4 * 1024
_EXAMPLE = '{"is_active": false, "until": "2030-05-01T18:00:00Z"}'


class PageSessionAuthentication(SessionAuthentication):
    """Authenticate by our own pages' session; writes need the CSRF token, too (X-CSRFToken)."""

    def authenticate_header(self, request: Request) -> str:
        return 'Session realm="stream-pos"'


class MaySwitchAvailability(BasePermission):
    """Allow every role of a merchant, and our own staff with full permissions."""

    message = "You may not change availability. Ask an owner to change your role."

    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.user, User) and request.user.has_perm(
            "catalog.switch_availability"
        )


class SwitchSerializer(serializers.Serializer[Any]):
    """Availability: on, or off with an optional end."""

    is_active = serializers.BooleanField()
    until = serializers.DateTimeField(
        required=False,
        allow_null=True,
        help_text="Only when off: the time at which the object comes back on automatically.",
    )


class WantedSerializer(SwitchSerializer):
    """The requested availability."""

    for_the_day = serializers.BooleanField(
        required=False,
        help_text="Instead of until, only when off: switch off until the location's next business"
        " day begins. The response's until holds that time.",
    )


class SwitchedSerializer(SwitchSerializer):
    """The object's availability at the location after the change."""

    location_id = serializers.CharField()
    object_id = serializers.CharField()
    object_type = serializers.ChoiceField(
        choices=["item_family", "item", "modifier_group", "modifier"]
    )


class AvailabilityView(APIView):
    """Switch an item family, item, modifier group or modifier on or off at one location."""

    authentication_classes = [PageSessionAuthentication]
    permission_classes = [MaySwitchAvailability]

    @extend_schema(
        operation_id="switch_availability",
        tags=["screens"],
        request=WantedSerializer,
        responses={
            200: SwitchedSerializer,
            400: OpenApiResponse(description="The body is invalid; the response says why."),
            401: OpenApiResponse(description="Not signed in."),
            403: OpenApiResponse(
                description="The CSRF token is missing, or the role lacks the permission."
            ),
            404: OpenApiResponse(description="Unknown location or object."),
        },
    )
    def put(self, request: Request, location_id: str, object_id: str) -> Response:
        try:
            change = _read_change(request)
        except _InvalidBody as error:
            return error_response(400, "invalid_request", str(error))
        locations = _locations_of(request)
        location = locations.filter(provider_id=_searchable(location_id)).first()
        if location is None:
            return error_response(404, "not_found", "You have no location with this ID.")
        try:
            target = availability.find(location, _searchable(object_id))
        except availability.UnknownObject:
            kinds = "item family, item, modifier group or modifier"
            return error_response(404, "not_found", f"{location} has no {kinds} with this ID.")
        until = _switch(location, target, change)
        body = {
            "location_id": location.provider_id,
            "object_id": target.provider_id,
            "object_type": target.kind,
            "is_active": change.is_active,
            "until": until,
        }
        return Response(body)


@dataclass(frozen=True)
class _Change:
    is_active: bool
    until: datetime | None
    for_the_day: bool


class _InvalidBody(Exception):
    """The request body is invalid; the message is a sentence for the caller."""


def _switch(location: Location, target: Any, change: _Change) -> datetime | None:
    """Apply the change; return the time at which the object comes back on."""
    if change.for_the_day:
        return availability.switch_off_for_the_day(location, target)
    availability.switch(location, target, is_active=change.is_active, until=change.until)
    return change.until


def _read_change(request: Request) -> _Change:
    try:
        body = read_json(read_body(request._request, limit=_BODY_LIMIT))
    except (NotJson, BodyTooLarge):
        body = None
    if not isinstance(body, dict):
        raise _InvalidBody(f"Send a small JSON object like {_EXAMPLE}.")
    is_active = body.get("is_active")
    if not isinstance(is_active, bool):
        raise _InvalidBody("is_active must be true or false.")
    until = _read_until(body.get("until"), is_active=is_active)
    for_the_day = body.get("for_the_day")
    if for_the_day is None:
        for_the_day = False
    if not isinstance(for_the_day, bool):
        raise _InvalidBody("for_the_day must be true or false.")
    if for_the_day and (is_active or until is not None):
        raise _InvalidBody("for_the_day needs is_active false and no until.")
    return _Change(is_active, until, for_the_day)


def _read_until(value: Any, *, is_active: bool) -> datetime | None:
    if value is None or (isinstance(value, str) and is_blank(value)):
        return None
    until = instants.parse(value) if isinstance(value, str) else None
    if until is None:
        raise _InvalidBody("until must be null or an instant like 2030-05-01T18:00:00Z.")
    if is_active:
        raise _InvalidBody("until needs is_active false: it says when the object comes back on.")
    if until <= database_time.now():
        raise _InvalidBody("until is in the past.")
    return until


def _locations_of(request: Request) -> QuerySet[Location]:
    user = request.user
    if not isinstance(user, User):
        return Location.objects.none()
    return visible_locations(user).filter(archived_at=None)


def _searchable(provider_id: str) -> str:
    """Replace NUL, which no ID contains and PostgreSQL rejects in text."""
    return provider_id.replace("\0", "\ufffd")
