"""Run one function within limits; the entry point of the bounded process."""

import importlib
import json
import logging
import os
import resource
import sys
from collections.abc import Callable

from .parent_death import die_with_parent
from .process import FAILED, OUT_OF_MEMORY, Limits

log = logging.getLogger(__name__)

_NICE = 10


def main() -> None:
    """Run the call in the first argument with standard input; write its result to the output."""
    function, arguments, limits, parent = json.loads(sys.argv[1])
    die_with_parent(parent)
    _limit(Limits(*limits))
    # What the function prints must not mix with the result.
    result_file = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        result = _function(function)(sys.stdin.buffer.read(), *arguments)
        result_file.write(result)
        result_file.close()
    except Exception as error:
        if _is_out_of_memory(error):
            os._exit(OUT_OF_MEMORY)  # Without cleaning up: that may need memory.
        log.exception("%s failed.", function)
        sys.exit(FAILED)


def _limit(limits: Limits) -> None:
    os.nice(_NICE)
    memory = limits.memory_mb * 2**20
    # Memory that is only reserved, as allocators do, does not count.
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds, limits.seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _is_out_of_memory(error: Exception) -> bool:
    # A thread needs memory for its stack; this is how Python says that there is none.
    return isinstance(error, MemoryError) or str(error) == "can't start new thread"


def _function(path: str) -> Callable[..., bytes]:
    module, _, name = path.partition(":")
    found: Callable[..., bytes] = getattr(importlib.import_module(module), name)
    return found


if __name__ == "__main__":
    main()
