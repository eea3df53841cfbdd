"""Pages and files of other people, while another merchant's orders come in."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.faults.attacks import files, people
from tests.faults.attacks.files import File
from tests.faults.attacks.people import Manager
from tests.faults.servers.memory import Watch
from tests.faults.service.deployment import Deployment
from tests.faults.stage.scene import Fault, Scene
from tests.faults.stage.stand_names import OWN_SERVERS

from .service_faults import Attack, fault

_CHILD_MB = 512
_WORKER_GROWTH_MB = 100


def _sign_ins(deployment: Deployment, is_long: bool) -> None:
    statuses = people.sign_in(deployment.port, 30 if is_long else 8)
    _judge(deployment, statuses, "sign-ins", {200, 302, 429, 503})


def _hours(deployment: Deployment, is_long: bool) -> None:
    statuses = Manager(deployment.port).post_hours(30 if is_long else 6)
    _judge(deployment, statuses, "forms", {200, 503})


def _judge(deployment: Deployment, statuses: Counter[int], what: str, right: set[int]) -> None:
    """Note the statuses; the attack must have reached the page."""
    times = ", ".join(f"{number} {status}" for status, number in sorted(statuses.items()))
    deployment.scene.notes.append(f"{what}: {times}")
    if not statuses[200]:
        deployment.scene.problems.append(f"none of the {what} was worked on")
    deployment.scene.problems += [
        f"{number} {what} answered {status}"
        for status, number in statuses.items()
        if status not in right
    ]


def _imports(name: str, made: Callable[[], list[File]]) -> Fault:
    def run(scene: Scene) -> None:
        hostile = made()  # Before the orders come, because packing takes a core.
        fault(name, _import_all(hostile), waiting=True).run(scene)

    return Fault(f"service: {name}", run, only_on=OWN_SERVERS)


def _import_all(hostile: list[File]) -> Attack:
    """Import one file after the other, and check what that takes in memory."""

    def attack(deployment: Deployment, is_long: bool) -> None:
        scene, manager = deployment.scene, Manager(deployment.port)
        with _within_memory(deployment):
            for file in hostile:
                note, problem = files.refuse(manager, file)
                scene.notes += [note] if note else []
                scene.problems += [problem] if problem else []

    return attack


@contextmanager
def _within_memory(deployment: Deployment) -> Iterator[None]:
    watch = Watch(deployment.workers[0].pid)
    try:
        yield
    finally:
        watch.stop()
    growth = watch.own - watch.before
    deployment.scene.notes.append(
        f"worker {watch.own:.0f} MB (+{growth:.0f}), child {watch.child:.0f} MB at most"
    )
    findings = {
        f"the worker grew by {growth:.0f} MB": growth > _WORKER_GROWTH_MB,
        f"a child took {watch.child:.0f} MB": watch.child > _CHILD_MB,
        "no child was seen": not watch.child,
    }
    deployment.scene.problems += [problem for problem, is_found in findings.items() if is_found]


FAULTS = [
    fault("strangers sign in", _sign_ins),
    fault("hours of blanks", _hours),
    _imports("lists of blanks", files.blanks),
    _imports("quotes without end", files.endless_quotes),
    _imports("workbooks that are bombs", files.bombs),
]
