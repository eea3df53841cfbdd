"""Run one function within limits; the entry point of the bounded process."""

import importlib
import json
import logging
import os
import sys
from collections.abc import Callable

from . import own_limits
from .parent_death import die_with_parent
from .process import FAILED, OUT_OF_MEMORY, Limits

log = logging.getLogger(__name__)

_NICE = 10


def main() -> None:
    """Run the call in the first argument with standard input; write its result to the output."""
    function, arguments, limits, parent = json.loads(sys.argv[1])
    die_with_parent(parent)
    os.nice(_NICE)
    own_limits.apply(Limits(*limits))
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


def _is_out_of_memory(error: Exception) -> bool:
    # A thread needs memory for its stack; this is how Python says that there is none.
    return isinstance(error, MemoryError) or str(error) == "can't start new thread"


def _function(path: str) -> Callable[..., bytes]:
    module, _, name = path.partition(":")
    found: Callable[..., bytes] = getattr(importlib.import_module(module), name)
    return found


if __name__ == "__main__":
    main()
