"""The availability switch for the vendor's own POS screens, for people who are signed in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.db.models import QuerySet
from django.utils import timezone
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
from integration.api.errors import problem
from integration.api.request_body import BodyTooLarge, read_body
from integration.models import User

_BODY_LIMIT = 4 * 1024
_EXAMPLE = '{"is_active": false, "until": "2030-05-01T18:00:00Z"}'


class SignedIn(SessionAuthentication):
    """The session of our own pages; a change needs the CSRF token, too (X-CSRFToken)."""

    def authenticate_header(self, request: Request) -> str:
        return 'Session realm="stream-pos"'


class MaySwitch(BasePermission):
    """Every role of a merchant's people; of our own staff those who may do everything."""

    message = "You may not switch availability: ask an owner to change your role."

    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.user, User) and request.user.has_perm(
            "catalog.switch_availability"
        )


class SwitchSerializer(serializers.Serializer[Any]):
    """On, or off, and until when."""

    is_active = serializers.BooleanField()
    until = serializers.DateTimeField(
        required=False, allow_null=True, help_text="Back on by itself then; only when off."
    )


class WantedSerializer(SwitchSerializer):
    """What is asked for."""

    for_the_day = serializers.BooleanField(
        required=False,
        help_text="Instead of until, only when off: until the location's next day of business"
        " begins. The answer's until says when that is.",
    )


class SwitchedSerializer(SwitchSerializer):
    """How the object stands there now."""

    location_id = serializers.CharField()
    object_id = serializers.CharField()
    object_type = serializers.ChoiceField(
        choices=["item_family", "item", "modifier_group", "modifier"]
    )


class AvailabilityView(APIView):
    """Switches an item family, item, modifier group or modifier at one location."""

    authentication_classes = [SignedIn]
    permission_classes = [MaySwitch]

    @extend_schema(
        operation_id="switch_availability",
        tags=["screens"],
        request=WantedSerializer,
        responses={
            200: SwitchedSerializer,
            400: OpenApiResponse(description="The body is wrong; the answer says what to write."),
            401: OpenApiResponse(description="Nobody is signed in."),
            403: OpenApiResponse(description="The CSRF token is missing, or the role too small."),
            404: OpenApiResponse(description="You have no such location, or it no such object."),
        },
    )
    def put(self, request: Request, location_id: str, object_id: str) -> Response:
        try:
            wanted = _read(request)
        except _Wrong as error:
            return problem(400, "invalid_request", str(error))
        mine = _locations_of(request)
        location = mine.filter(provider_id=_searchable(location_id)).first()
        if location is None:
            return problem(404, "not_found", "You have no location with this ID.")
        try:
            target = availability.find(location, _searchable(object_id))
        except availability.UnknownObject:
            what = "item family, item, modifier group or modifier"
            return problem(404, "not_found", f"{location} has no {what} with this ID.")
        until = _switch(location, target, wanted)
        answer = {
            "location_id": location.provider_id,
            "object_id": target.provider_id,
            "object_type": target.kind,
            "is_active": wanted.is_active,
            "until": until,
        }
        return Response(answer)


@dataclass(frozen=True)
class _Wanted:
    is_active: bool
    until: datetime | None
    for_the_day: bool


class _Wrong(Exception):
    """What is wrong with the body, as a sentence."""


def _switch(location: Location, target: Any, wanted: _Wanted) -> datetime | None:
    """Returns until when the object is off."""
    if wanted.for_the_day:
        return availability.off_for_the_day(location, target)
    availability.switch(location, target, is_active=wanted.is_active, until=wanted.until)
    return wanted.until


def _read(request: Request) -> _Wanted:
    try:
        body = orjson.loads(read_body(request._request, limit=_BODY_LIMIT))
    except (ValueError, BodyTooLarge):
        body = None
    if not isinstance(body, dict):
        raise _Wrong(f"Send a small JSON object like {_EXAMPLE}.")
    unknown = sorted(body.keys() - {"is_active", "until", "for_the_day"})
    if unknown:
        raise _Wrong(f"Send is_active, until and for_the_day only, not {unknown[0][:50]}.")
    is_active = body.get("is_active")
    if not isinstance(is_active, bool):
        raise _Wrong("is_active must be true or false.")
    until = _until(body.get("until"), is_active=is_active)
    for_the_day = body.get("for_the_day", False)
    if not isinstance(for_the_day, bool):
        raise _Wrong("for_the_day must be true or false.")
    if for_the_day and (is_active or until is not None):
        raise _Wrong("for_the_day goes with is_active false, and without until.")
    return _Wanted(is_active, until, for_the_day)


def _until(value: Any, *, is_active: bool) -> datetime | None:
    if value is None:
        return None
    until = instants.parse(value) if isinstance(value, str) else None
    if until is None:
        raise _Wrong("until must be null or an instant like 2030-05-01T18:00:00Z.")
    if is_active:
        raise _Wrong("until goes with is_active false: it says when the object comes back on.")
    if until <= timezone.now():
        raise _Wrong("until lies in the past.")
    return until


def _locations_of(request: Request) -> QuerySet[Location]:
    user = request.user
    if not isinstance(user, User):
        return Location.objects.none()
    return visible_locations(user).filter(archived_at=None)


def _searchable(provider_id: str) -> str:
    """No id of ours holds NUL, and PostgreSQL takes no text that does."""
    return provider_id.replace("\0", "\ufffd")
