"""The meaning of each failure, and the remedy."""

from .rate import Answer

_ADVICE = {
    400: "Signed bodies are no events: ask Stream what it sends.",
    401: "The signature is wrong: compare STREAM_EVENTS_SECRET with the secret in Stream's portal.",
    404: "The role is off: set STREAM_EVENTS_SECRET.",
    405: "Not sent with POST: check what a proxy changes.",
    408: "Bodies arrive too slowly: check the network and the proxy.",
    413: "Bodies are larger than 1 MB: ask Stream what it sends.",
    429: "Stream sends faster than RATE_LIMIT_TOKEN_PER_SECOND allows: raise it.",
    499: "Stream hung up before the answer: check the load and the database's speed.",
    500: "It is a fault of this application: the log says which.",
    503: "The database is away: /readyz says why.",
}
_STOPPING = "stopping"
_OVERLOAD = "The server is overloaded: see stream_pos_requests_shed_total, add web processes."
_STOPPED = "A web process was stopped: restart them one at a time."


def named(answer: Answer) -> str:
    """Return the status with its cause where several have the same."""
    if not answer.reason or answer.status != 503:
        return str(answer.status)
    return "503 (restart)" if answer.reason == _STOPPING else f"503 (overload: {answer.reason})"


def what_to_do(answer: Answer) -> str:
    if answer.status == 503 and answer.reason:
        return _STOPPED if answer.reason == _STOPPING else _OVERLOAD
    return _ADVICE.get(answer.status, "The log says why.")
