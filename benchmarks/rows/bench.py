"""What every row is given."""

from dataclasses import dataclass

from benchmarks.servers.receiver import RemoteReceiver


@dataclass(frozen=True)
class Bench:
    """The database and the broker are those of this process's settings."""

    receiver: RemoteReceiver
    rounds: int = 3
