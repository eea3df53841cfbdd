"""The endpoint to which Stream sends the events of the channel (contract DSP-EV)."""

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dsp import client_role
from dsp.events import intake
from integration.api.errors import error_response
from integration.api.request_body import BodyTooLarge, read_body
from integration.oauth.authentication import merchant_of


class EventView(APIView):
    """Take one event; what is merely unknown is stored and answered 200."""

    required_scope = client_role.EVENTS

    def post(self, request: Request) -> Response:
        try:
            body = read_body(request._request, limit=intake.BODY_LIMIT)
            intake.receive(merchant_of(request), body)
        except BodyTooLarge:
            return error_response(413, "invalid_request", "The body is larger than 1 MB.")
        except intake.Refused as refusal:
            return error_response(refusal.status, refusal.error, str(refusal))
        return Response({})
