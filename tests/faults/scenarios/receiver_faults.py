"""Receiver faults. Each event first meets the fault and then a healthy receiver."""

import time

from tests.faults.receivers import behaviors, certificates
from tests.faults.receivers.behaviors import misbehave_first, statuses
from tests.faults.receivers.receiver import Behavior, Exchange, Receiver, Request
from tests.faults.stage.scene import Fault, Run, Scene, pauses


def _answers(behave: Behavior) -> Run:
    def run(scene: Scene) -> None:
        scene.receiver.behave = behave
        scene.write_all()
        scene.deliver_all()

    return run


def _slowly(behave: Behavior) -> Run:
    """Use timeouts of one second and fewer events, as each attempt runs into the timeout."""

    def run(scene: Scene) -> None:
        scene.change_settings(WEBHOOK_TIMEOUT_SECONDS=(1, 1))
        scene.receiver.behave = behave
        scene.writer.write(scene.size.per_key // 2)
        scene.deliver_all()

    return run


def _refused(scene: Scene) -> None:
    """A refused event is given up with an alarm, and its key continues."""
    codes = statuses(400, 401, 403, 404, 405, 406, 409, 411, 413, 415, 418, 422, 451, 499)

    def behave(exchange: Exchange) -> None:
        codes(exchange) if exchange.request.sequence % 2 else exchange.answer(200)

    scene.receiver.behave = behave
    scene.expected.ending, scene.expected.alarm = "refused", "refused"
    scene.write_all()
    scene.deliver_all()
    refused = sum(sequence % 2 for _, sequence in scene.writer.committed.values())
    request_count = len(scene.receiver.requests)
    if request_count != len(scene.writer.committed):
        scene.problems.append(f"{request_count} requests: refused events must not be retried")
    scene.deliver_until("nothing", lambda: True)
    _expect_ended(scene, refused)


def _expect_ended(scene: Scene, number: int) -> None:
    from integration.models import OutboundEvent

    ended = OutboundEvent.objects.filter(ending=scene.expected.ending).count()
    if ended != number:
        scene.problems.append(f"{ended} events were given up instead of {number}")


def _gone(scene: Scene) -> None:
    """After a 410 nothing is sent until staff resume delivery."""
    from integration import tasks
    from integration.delivery import circuit_breaker
    from integration.models import Endpoint

    def behave(exchange: Exchange) -> None:
        exchange.answer(410 if exchange.request.sequence == 2 else 200)

    scene.receiver.behave = behave
    scene.write_all()
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
        scene.receiver.behave = misbehave_first(
            2, lambda exchange: kinds[exchange.request.sequence % 5](exchange)
        )
        scene.write_all()
        scene.deliver_all()
        if target.connections:
            scene.problems.append("a redirect was followed")
    finally:
        target.close()


def _asks_to_wait(scene: Scene) -> None:
    """429 and 503 with Retry-After: no retry comes earlier, whatever arrives meanwhile."""
    arrived_at: dict[str, float] = {}
    early: list[str] = []

    def behave(exchange: Exchange) -> None:
        request = exchange.request
        if request.nth == 1:
            arrived_at[request.event_id] = time.monotonic()
            headers = f"Retry-After: {_asked_seconds(request)}\r\n"
            exchange.answer(429 if _asked_seconds(request) == 1 else 503, headers=headers)
            return
        if time.monotonic() - arrived_at[request.event_id] < _asked_seconds(request) - 0.1:
            early.append(f"{request.key}.{request.sequence}")
        exchange.answer(200)

    scene.receiver.behave = behave
    scene.writer.write(1)
    scene.deliver_all()
    if early:
        scene.problems.append(f"{len(early)} retried before the time the receiver asked for")


def _asked_seconds(request: Request) -> int:
    """Return the requested delay, shorter for some keys than for others."""
    return 1 if request.key.endswith(("0", "2", "4")) else 3


def _resets_before_reading(scene: Scene) -> None:
    scene.receiver.greet = behaviors.ResetFirst(3 * scene.size.keys)
    scene.write_all()
    scene.deliver_all()


def _is_down(scene: Scene) -> None:
    """The circuit breaker opens, single probes are sent, and after one succeeds all follow."""
    from integration.models import Endpoint

    scene.change_settings(WEBHOOK_BREAKER_FAILURES=5)
    scene.receiver.down()
    scene.write_all()
    opened = Endpoint.objects.filter(probe_at__isnull=False)
    scene.deliver_until("the opening of the breaker", opened.exists)
    scene.writer.write(1)  # While the receiver is down.
    scene.receiver.up()
    scene.deliver_all()


def _goes_down_and_up(scene: Scene) -> None:
    """Take the receiver down and up repeatedly during delivery."""
    scene.change_settings(WEBHOOK_BREAKER_FAILURES=1000)
    scene.write_all()
    for _ in range(3):
        scene.receiver.behave = behaviors.hang
        scene.receiver.down()
        scene.deliver_until("one round of refusals", lambda: True)
        scene.receiver.behave = misbehave_first(1, behaviors.reset_after_reading)
        scene.receiver.up()
        scene.deliver_until("one round of deliveries", lambda: True)
    scene.deliver_all()


def _bad_certificate(scene: Scene) -> None:
    """Self-signed, expired, wrong name; then a valid certificate of a trusted authority."""
    certs = scene.enter(certificates.trusted_authority(scene.stand.folder))
    for context in (certs.self_signed, certs.expired, certs.wrong_name):
        scene.receiver.context = lambda context=context: context
        scene.change_settings(
            STREAM_WEBHOOK_URL=scene.receiver.url.replace("http://127.0.0.1", certs.origin)
        )
        scene.writer.write(1)
        failed = scene.receiver.failed_handshakes
        scene.deliver_until(
            "a refused certificate", lambda failed=failed: scene.receiver.failed_handshakes > failed
        )
    if scene.receiver.requests:
        scene.problems.append("something was sent to a receiver with a bad certificate")
    scene.receiver.context = lambda: certs.good
    scene.deliver_all()


def _bomb(scene: Scene) -> None:
    behaviors.packed_bomb()  # Compressing takes longer than the timeout.
    _answers(behaviors.bomb)(scene)


def _bodies(end: Behavior, headers: str = "Content-Length: 100000\r\n") -> Behavior:
    return behaviors.once_bad_then_good_status(end, headers)


def _body(end: Behavior, headers: str = "Content-Length: 100000\r\n") -> Run:
    return _answers(_bodies(end, headers))


def _twice(misbehave: Behavior) -> Run:
    return _answers(misbehave_first(2, misbehave))


FAULTS = [
    Fault("interim answers (1xx)", _answers(behaviors.interim)),
    Fault("only interim answers", _slowly(misbehave_first(1, behaviors.only_interim))),
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
    Fault("endless head", _slowly(misbehave_first(1, behaviors.endless_head))),
    Fault("hangs", _slowly(misbehave_first(1, behaviors.hang))),
    Fault("drips the head", _slowly(misbehave_first(1, behaviors.drip_head))),
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
