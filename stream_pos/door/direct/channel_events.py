"""Stream's events to the channel, applied together without Django's request."""

import json
import logging
from collections.abc import Sequence
from itertools import groupby

from django.conf import settings
from django.db import close_old_connections

from dsp import client_role
from dsp.events import intake
from dsp.events.intake import Refused
from integration.db import outages
from integration.db.conflicts import LOCK_STATES, sql_state
from integration.models import Merchant
from integration.oauth import access_tokens, authentication, bearer
from stream_pos.web.api_paths import CHANNEL_EVENTS, error_body

from .. import refusals
from ..application import Direct, Request
from ..bridge import Response

log = logging.getLogger(__name__)
_JSON = (b"content-type", b"application/json")
_TAKEN = Response(200, [_JSON], b"{}")


def answer(requests: Sequence[Request]) -> list[Response | None]:
    """Answer events that waited at the same moment: one transaction for those of one token.

    None for those that Django must answer, such as without a good token.
    """
    close_old_connections()  # As Django before and after each request.
    answers: list[Response | None] = []
    for header, of_token in groupby(requests, lambda one: one.headers.get(b"authorization", b"")):
        answers += _answers(header, [request.body for request in of_token])
    close_old_connections()
    return answers


def _answers(header: bytes, bodies: list[bytes]) -> list[Response | None]:
    try:
        merchant = _merchant(header)
        if merchant is None or max(map(len, bodies)) > intake.BODY_LIMIT:
            return [None] * len(bodies)
        refused = intake.receive_all(merchant, bodies)
        outages.report_success()
        return [_response(one) for one in refused]
    except Exception as error:  # The thread must live on.
        is_away = outages.is_outage(error) and sql_state(error) not in LOCK_STATES
        if len(bodies) > 1 and not is_away:  # What is wrong with one fails no other.
            return [one for body in bodies for one in _answers(header, [body])]
        if outages.is_outage(error):
            outages.report(error)
            return [refusals.database_unavailable(CHANNEL_EVENTS)] * len(bodies)
        log.error("An event to the channel was not stored.", exc_info=error)
        return [refusals.make(CHANNEL_EVENTS, 500)]


def _merchant(header: bytes) -> Merchant | None:
    """Return the merchant whose channel the sender may speak to."""
    text = bearer.token_in(header.decode("latin-1"))
    token = access_tokens.find(text) if text and settings.STREAM_DSP_CLIENT_ID else None
    if token is None or client_role.EVENTS not in token.scope.split():
        return None
    merchant: Merchant = authentication.usable(token).merchant
    return merchant


def _response(refused: Refused | None) -> Response:
    if refused is None:
        return _TAKEN
    content = json.dumps(error_body(CHANNEL_EVENTS, refused.error, str(refused))).encode()
    return Response(refused.status, [_JSON], content)


# Few: what is applied together holds its stores' locks together.
ROUTES = {("POST", CHANNEL_EVENTS): Direct(answer, most=8)}
