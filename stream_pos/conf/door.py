"""Settings of the web server's door: deadlines, queues and limits."""

from dataclasses import dataclass

from . import env


@dataclass(frozen=True)
class Door:
    """Limits on requests, checked before a thread works on them."""

    body_seconds: float
    wait_seconds: float
    unfinished_per_address: int
    token_per_second: int
    address_per_second: int


def from_environment() -> Door:
    return Door(
        body_seconds=env.number("REQUEST_BODY_SECONDS", 10),
        wait_seconds=env.number("REQUEST_WAIT_SECONDS", 1),
        unfinished_per_address=env.integer("REQUESTS_UNFINISHED_PER_ADDRESS", 100, minimum=1),
        token_per_second=env.integer("RATE_LIMIT_TOKEN_PER_SECOND", 1000, minimum=1),
        address_per_second=env.integer("RATE_LIMIT_ADDRESS_PER_SECOND", 200, minimum=1),
    )
