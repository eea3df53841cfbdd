"""Faults of the receiver. Each event meets the fault, and then a healthy receiver."""

import time

from tests.faults.receivers import behaviors, certificates
from tests.faults.receivers.behaviors import first, statuses
from tests.faults.receivers.receiver import Behave, Receiver, Request, Visit
from tests.faults.stage.scene import Fault, Run, Scene, pauses


def _answers(behave: Behave) -> Run:
    def run(scene: Scene) -> None:
        scene.receiver.behave = behave
        scene.promise()
        scene.deliver_all()

    return run


def _slowly(behave: Behave) -> Run:
    """With time limits of a second, and fewer events: each try uses its limit up."""

    def run(scene: Scene) -> None:
        scene.setting(WEBHOOK_TIMEOUT_SECONDS=(1, 1))
        scene.receiver.behave = behave
        scene.writer.write(scene.size.per_key // 2)
        scene.deliver_all()

    return run


def _refused(scene: Scene) -> None:
    """What is refused ends with an alarm, and its key goes on."""
    codes = statuses(400, 401, 403, 404, 405, 406, 409, 411, 413, 415, 418, 422, 451, 499)

    def behave(visit: Visit) -> None:
        codes(visit) if visit.request.sequence % 2 else visit.answer(200)

    scene.receiver.behave = behave
    scene.expected.ending, scene.expected.alarm = "refused", "refused"
    scene.promise()
    scene.deliver_all()
    refused = sum(sequence % 2 for _, sequence in scene.writer.committed.values())
    asked = len(scene.receiver.requests)
    if asked != len(scene.writer.committed):
        scene.problems.append(f"{asked} requests: what is refused must not be tried again")
    scene.deliver_until("nothing", lambda: True)
    _expect_ended(scene, refused)


def _expect_ended(scene: Scene, number: int) -> None:
    from integration.models import OutboundEvent

    ended = OutboundEvent.objects.filter(ending=scene.expected.ending).count()
    if ended != number:
        scene.problems.append(f"{ended} events ended, not {number}")


def _gone(scene: Scene) -> None:
    """After a 410 nothing is sent until staff resume it."""
    from integration import tasks
    from integration.delivery import circuit_breaker
    from integration.models import Endpoint

    def behave(visit: Visit) -> None:
        visit.answer(410 if visit.request.sequence == 2 else 200)

    scene.receiver.behave = behave
    scene.promise()
    stopped = Endpoint.objects.filter(stopped_at__isnull=False)
    scene.deliver_until("the stop after a 410", stopped.exists)
    before = len(scene.receiver.requests)
    for _ in pauses(1.5, every=0.2):
        tasks.deliver_due()
    if len(scene.receiver.requests) != before:
        scene.problems.append("something was sent to a receiver that is gone")
    scene.receiver.behave = behaviors.healthy
    circuit_breaker.resume("stream")
    scene.deliver_all()


def _redirects(scene: Scene) -> None:
    target = Receiver()
    target.up()
    try:
        kinds = [behaviors.redirect(code, target.url) for code in (301, 302, 303, 307, 308)]
        scene.receiver.behave = first(2, lambda visit: kinds[visit.request.sequence % 5](visit))
        scene.promise()
        scene.deliver_all()
        if target.connections:
            scene.problems.append("a redirect was followed")
    finally:
        target.close()


def _asks_to_wait(scene: Scene) -> None:
    """429 and 503 with Retry-After: nothing is tried again sooner, whatever arrives meanwhile."""
    came: dict[str, float] = {}
    early: list[str] = []

    def behave(visit: Visit) -> None:
        request = visit.request
        if request.nth == 1:
            came[request.event_id] = time.monotonic()
            asked = f"Retry-After: {_asked_seconds(request)}\r\n"
            visit.answer(429 if _asked_seconds(request) == 1 else 503, headers=asked)
            return
        if time.monotonic() - came[request.event_id] < _asked_seconds(request) - 0.1:
            early.append(f"{request.key}.{request.sequence}")
        visit.answer(200)

    scene.receiver.behave = behave
    scene.writer.write(1)
    scene.deliver_all()
    if early:
        scene.problems.append(f"{len(early)} tried again before the time the receiver asked for")


def _asked_seconds(request: Request) -> int:
    """Some keys are told to wait shortly, and others longer."""
    return 1 if request.key.endswith(("0", "2", "4")) else 3


def _resets_before_reading(scene: Scene) -> None:
    scene.receiver.greet = behaviors.ResetsFirst(3 * scene.size.keys)
    scene.promise()
    scene.deliver_all()


def _is_down(scene: Scene) -> None:
    """The breaker opens, single probes ask, and when one arrives everything follows."""
    from integration.models import Endpoint

    scene.setting(WEBHOOK_BREAKER_FAILURES=5)
    scene.receiver.down()
    scene.promise()
    opened = Endpoint.objects.filter(probe_at__isnull=False)
    scene.deliver_until("the breaker's opening", opened.exists)
    scene.writer.write(1)  # Made while it is down.
    scene.receiver.up()
    scene.deliver_all()


def _goes_down_and_up(scene: Scene) -> None:
    """Again and again, while it is sent to."""
    scene.setting(WEBHOOK_BREAKER_FAILURES=1000)
    scene.promise()
    for _ in range(3):
        scene.receiver.behave = behaviors.hang
        scene.receiver.down()
        scene.deliver_until("one round of refusals", lambda: True)
        scene.receiver.behave = first(1, behaviors.reset_after_reading)
        scene.receiver.up()
        scene.deliver_until("one round of deliveries", lambda: True)
    scene.deliver_all()


def _bad_certificate(scene: Scene) -> None:
    """Self-signed, expired, for another name; then a good one, of an authority that is known."""
    known = scene.during(certificates.known_authority(scene.stand.folder))
    for context in (known.self_signed, known.expired, known.of_another_name):
        scene.receiver.context = lambda context=context: context
        scene.setting(
            STREAM_WEBHOOK_URL=scene.receiver.url.replace("http://127.0.0.1", known.origin)
        )
        scene.writer.write(1)
        failed = scene.receiver.failed_handshakes
        scene.deliver_until(
            "a refused certificate", lambda failed=failed: scene.receiver.failed_handshakes > failed
        )
    if scene.receiver.requests:
        scene.problems.append("something was sent to a receiver with a bad certificate")
    scene.receiver.context = lambda: known.good
    scene.deliver_all()


def _bomb(scene: Scene) -> None:
    behaviors.packed_bomb()  # Packing it takes longer than anybody waits for an answer.
    _answers(behaviors.bomb)(scene)


def _bodies(end: Behave, headers: str = "Content-Length: 100000\r\n") -> Behave:
    return behaviors.once_bad_then_good_status(end, headers)


def _body(end: Behave, headers: str = "Content-Length: 100000\r\n") -> Run:
    return _answers(_bodies(end, headers))


def _twice(misbehave: Behave) -> Run:
    return _answers(first(2, misbehave))


FAULTS = [
    Fault("interim answers (1xx)", _answers(behaviors.interim)),
    Fault("only interim answers", _slowly(first(1, behaviors.only_interim))),
    Fault("every 2xx", _answers(statuses(200, 201, 202, 203, 204, 206, 226, 299))),
    Fault("redirects (3xx)", _redirects),
    Fault("300, 304, 305", _twice(statuses(300, 304, 305))),
    Fault("408, 425, 429", _twice(statuses(408, 425, 429))),
    Fault("refuses (other 4xx)", _refused),
    Fault("gone (410), then resumed", _gone),
    Fault("every 5xx", _twice(statuses(500, 501, 502, 503, 504, 505, 507, 520, 599))),
    Fault("no status there is", _twice(statuses(600, 999, 700))),
    Fault("Retry-After", _asks_to_wait),
    Fault("no HTTP at all", _twice(behaviors.no_http)),
    Fault("endless head", _slowly(first(1, behaviors.endless_head))),
    Fault("hangs", _slowly(first(1, behaviors.hang))),
    Fault("drips the head", _slowly(first(1, behaviors.drip_head))),
    Fault("cuts within the head", _twice(behaviors.cut_head)),
    Fault("drips the body", _slowly(_bodies(behaviors.drip))),
    Fault("cuts within the body", _body(behaviors.cut)),
    Fault("resets within the body", _body(behaviors.cut_by_reset)),
    Fault("resets after reading", _twice(behaviors.reset_after_reading)),
    Fault("resets before reading", _resets_before_reading),
    Fault("endless body", _body(behaviors.endless, "Transfer-Encoding: identity\r\n")),
    Fault("compressed bomb", _bomb),
    Fault("bad certificate", _bad_certificate),
    Fault("is down", _is_down),
    Fault("goes down and up", _goes_down_and_up),
]
