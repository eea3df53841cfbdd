"""The limits of a process."""

import resource

from .process import Limits


def apply(limits: Limits) -> None:
    """Limit this process's memory and CPU time from now on.

    Beyond the memory, Python raises MemoryError. Beyond the time, the system ends the process.
    """
    memory = limits.memory_mb * 2**20
    # Memory that is only reserved, as allocators do, does not count.
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds, limits.seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
