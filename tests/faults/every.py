"""All faults, and on which stand each is tried."""

from collections.abc import Sequence

from . import brokers, clocks, crowds, databases, kills, order_kills, receivers
from .scene import Fault
from .stands import OWN_SERVERS

FAULTS = [
    fault
    for module in (receivers, clocks, kills, order_kills, crowds, brokers, databases)
    for fault in module.FAULTS
]


def on(stand: str, *, is_long: bool, chosen: Sequence[str]) -> list[Fault]:
    """`chosen` are parts of names; without any, all that the form has."""
    fitting = [fault for fault in FAULTS if _fits(fault, stand)]
    if chosen:
        return [fault for fault in fitting if any(part in fault.name for part in chosen)]
    return [fault for fault in fitting if is_long or not fault.only_long]


def _fits(fault: Fault, stand: str) -> bool:
    """Our own servers are there for what crashes them alone."""
    return fault.only_on == stand if fault.only_on else stand != OWN_SERVERS
