"""Start the web server: `python -m stream_pos.door --host 127.0.0.1 --port 8000 --workers 2`."""

import argparse
import os
import resource
import socket
import sys

from uvicorn.config import STARTUP_FAILURE, Config
from uvicorn.supervisors import Multiprocess

from . import metrics_folder

# What the kernel keeps for a client that does not read, twice that on Linux. Without a limit it
# takes megabytes, and filling them for many clients at once holds up the event loop.
_UNREAD_BYTES = 262_144


def main() -> int:
    """Serve until SIGTERM; processes that die or hang are replaced."""
    arguments = _arguments()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    config = _config(arguments)
    with metrics_folder.own() as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        # Also with one worker: its supervisor restarts it.
        listener = config.bind_socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _UNREAD_BYTES)
        server = Multiprocess(config, sockets=[listener])
        server.run()
    return int(any(process.exitcode == STARTUP_FAILURE for process in server.processes))


def _config(arguments: argparse.Namespace) -> Config:
    return Config(
        arguments.application,
        host=arguments.host,
        port=arguments.port,
        workers=arguments.workers,
        http="stream_pos.door.protocol:Connection",
        loop="uvloop",
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,  # Django's, with its limit on repeated lines.
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=1024,
        # Longer than clients keep theirs: one that sends while we close gets no answer.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=5,
        # A machine that stands still for some seconds must not cost the requests under way.
        timeout_worker_healthcheck=15,
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="stream_pos.door", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("application", nargs="?", default="stream_pos.door.site:application")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
