"""All faults, and the stands on which they are run."""

from collections.abc import Sequence

from tests.faults.stage.scene import Fault
from tests.faults.stage.stand_names import OWN_SERVERS

from . import (
    broker_faults,
    channel_kills,
    clock_faults,
    concurrent_workers,
    database_faults,
    followed_kills,
    order_kills,
    people_faults,
    receiver_faults,
    runtime_faults,
    service_database_faults,
    service_faults,
    worker_freezes,
    worker_kills,
)

FAULTS = [
    fault
    for module in (
        receiver_faults,
        clock_faults,
        worker_kills,
        worker_freezes,
        order_kills,
        followed_kills,
        channel_kills,
        concurrent_workers,
        broker_faults,
        database_faults,
        service_database_faults,
        service_faults,
        people_faults,
        runtime_faults,
    )
    for fault in module.FAULTS
]


def on(stand: str, *, is_long: bool, chosen: Sequence[str]) -> list[Fault]:
    """Return a stand's faults: those with a name that contains a part in `chosen`, or all."""
    suitable = [fault for fault in FAULTS if _fits(fault, stand)]
    if chosen:
        return [fault for fault in suitable if any(part in fault.name for part in chosen)]
    return [fault for fault in suitable if is_long or not fault.only_long]


def _fits(fault: Fault, stand: str) -> bool:
    """Check the stand; our own servers are only used for faults that crash them."""
    return fault.only_on == stand if fault.only_on else stand != OWN_SERVERS
