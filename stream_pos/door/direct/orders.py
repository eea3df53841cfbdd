"""Order events, handed from the door to their handler without Django's request.

The middleware and the framework around a view took a fifth of the processor time of an order.
"""

import json
import logging
from collections.abc import Sequence

from django.db import close_old_connections
from rest_framework.exceptions import APIException

from integration.api import errors
from integration.db import outages
from integration.oauth.authentication import challenge
from orders.inbound import views
from orders.inbound.caller import SCOPE
from stream_pos.web.api_paths import ORDERS

from .. import refusals
from ..application import Direct, Request
from ..bridge import Response

log = logging.getLogger(__name__)
_JSON = (b"content-type", b"application/json")


def answer(requests: Sequence[Request]) -> list[Response | None]:
    """Answer the one request as its view does, without headers that only browsers read."""
    [request] = requests
    authorization = request.headers.get(b"authorization", b"").decode("latin-1")
    close_old_connections()  # As Django before and after each request.
    try:
        answered = views.respond(authorization, request.body)
        response = Response(answered.status, [_JSON], answered.body)
        outages.report_success()
    except APIException as error:
        response = _without_access(error, authorization)
        outages.report_success()
    except Exception as error:  # The thread must live on.
        if outages.is_outage(error):
            outages.report(error)
            response = refusals.database_unavailable(ORDERS[0])
        else:
            log.error("An order event failed.", exc_info=error)
            response = refusals.make(ORDERS[0], 500)
    close_old_connections()
    return [response]


def _without_access(error: APIException, authorization: str) -> Response:
    needs = errors.scope_challenge(SCOPE) if error.status_code == 403 else challenge(authorization)
    headers = [_JSON, (b"www-authenticate", needs.encode())]
    return Response(error.status_code, headers, json.dumps(errors.body_of(error)).encode())


ROUTES = {("POST", path): Direct(answer, most=1) for path in ORDERS}
