"""The environment passed to every row."""

from dataclasses import dataclass

from benchmarks.servers.receiver import RemoteReceiver


@dataclass(frozen=True)
class Bench:
    """The receiver and the number of rounds; database and broker come from the settings."""

    receiver: RemoteReceiver
    rounds: int = 3
