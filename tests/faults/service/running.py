"""The web server and the workers that runs share, because starting them takes long."""

import http.client
import json
from typing import Any

from stream_pos.runtime import processes as child_processes
from tests.faults.servers.processes import Process, TimedOut, free_port, until
from tests.faults.stage.scene import Scene, Stand

_SOUND_WITHIN_SECONDS = 15
# So many clients of one token that threads are short, and not its rate is too high.
_WEB = {"STREAM_POS_SUPERVISED": "1", "RATE_LIMIT_TOKEN_PER_SECOND": "10000"}


class Service:
    """A web server with two processes, and as many workers as a run asks for."""

    def __init__(self, scene: Scene) -> None:
        self.port = free_port()
        self.workers: list[Process] = []
        self._processes = scene.processes
        command = child_processes.web("127.0.0.1", self.port).command
        self.web = scene.processes.start("web", command, _WEB)
        self._processes.share(self.web)
        until("the start of the web server", lambda: self.get("/healthz")[0] == 200, 60)

    def staff(self, scene: Scene, workers: int) -> None:
        """Start or stop workers until there are as many as this."""
        while len(self.workers) > workers:
            self._processes.stop(self.workers.pop())
        new = [scene.worker(wait=False) for _ in range(workers - len(self.workers))]
        for worker in new:
            self._processes.share(worker)
            self._processes.await_start(worker)
        self.workers += new

    def is_sound(self) -> bool:
        """Check that all processes live, and that nothing stands still after the last fault."""
        if any(process.poll() is not None for process in (self.web, *self.workers)):
            return False
        try:
            until("soundness", self._is_ready, _SOUND_WITHIN_SECONDS)
        except TimedOut:
            return False
        return True

    def _is_ready(self) -> bool:
        status, body = self.get("/readyz")
        return status == 200 and body["stalled"] == []

    def get(self, path: str) -> tuple[int, Any]:
        """Return status and JSON of a page; status 0 without an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, json.loads(response.read() or b"null")
        except (OSError, http.client.HTTPException):
            return 0, None
        except ValueError:
            return response.status, None
        finally:
            connection.close()

    def close(self) -> None:
        for process in (self.web, *self.workers):
            self._processes.stop(process, 5)


def service_of(scene: Scene, workers: int) -> Service:
    """Return the stand's service with so many workers; one that is broken is replaced."""
    stand: Stand = scene.stand
    if isinstance(stand.shared, Service) and stand.shared.is_sound():
        service = stand.shared
    else:
        stand.end_shared()
        service = stand.shared = Service(scene)
    service.staff(scene, workers)
    return service
