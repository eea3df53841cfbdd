"""Stream's events, handed from the door to their handler without Django's request."""

import logging
from collections.abc import Sequence

from django.db import close_old_connections

from integration.db import outages
from orders.stream_events.views import Sent, receive_all
from stream_pos.web.api_paths import STREAM_EVENTS

from .. import refusals
from ..application import Direct, Request
from ..bridge import Response

log = logging.getLogger(__name__)
_JSON = (b"content-type", b"application/json")


def answer(requests: Sequence[Request]) -> list[Response | None]:
    """Answer events that waited at the same moment; they are stored in one transaction."""
    try:
        return _answer(requests)
    except Exception as error:  # The thread must live on.
        if outages.is_outage(error):
            outages.report(error)
            return [refusals.database_unavailable(STREAM_EVENTS) for _ in requests]
        if len(requests) > 1:  # What is wrong with one fails no other.
            return [response for request in requests for response in answer([request])]
        log.error("An event was not stored.", exc_info=error)
        return [refusals.make(STREAM_EVENTS, 500)]


def _answer(requests: Sequence[Request]) -> list[Response | None]:
    sent = [
        Sent(body, headers.get(b"x-stream-signature", b"").decode("latin-1"))
        for headers, body in requests
    ]
    close_old_connections()  # As Django before and after each request.
    answers = receive_all(sent)
    outages.report_success()
    close_old_connections()
    return [Response(status, [_JSON], content) for status, content in answers]


# As many as one exchange with the database takes in a few milliseconds.
ROUTES = {("POST", STREAM_EVENTS): Direct(answer, most=32)}
