"""/metrics reports the state of delivery to Prometheus and nobody else."""

from datetime import timedelta

import pytest
import time_machine
from django.db import OperationalError, ProgrammingError, connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from integration.models import Alarm, DeliveryTally, Endpoint, RoundRecord
from integration.monitoring import alarms
from integration.monitoring import statistics as delivery_statistics
from stream_pos.web.metrics import metrics
from tests.integration.support.handler_answers import STRANGER, answered
from tests.orders.support.deferred_orders import pending
from tests.support import factories

pytestmark = pytest.mark.django_db

Outcome = DeliveryTally.Outcome
TOKEN = "a-token-of-the-tests"


def read(client: Client, **labels: str) -> dict[str, float]:
    """Return the values of all samples with these labels, by name."""
    answer = client.get("/metrics")
    assert answer.status_code == 200, answer.content
    families = text_string_to_metric_families(answer.content.decode())
    return {
        sample.name + (f"/{sample.labels['le']}" if "le" in sample.labels else ""): sample.value
        for family in families
        for sample in family.samples
        if labels.items() <= sample.labels.items()
    }


def test_waiting_and_failed_events(client, merchant):
    now = timezone.now()
    factories.event(merchant, created_at=now - timedelta(seconds=90))
    factories.event(merchant)
    factories.event(merchant, state="failed", finished_at=now - timedelta(hours=23))
    factories.event(merchant, state="failed", finished_at=now - timedelta(hours=25))
    factories.event(merchant, state="delivered", finished_at=now)
    told = read(client, endpoint="stream")
    assert told["stream_pos_events_waiting"] == 2
    assert 90 <= told["stream_pos_oldest_waiting_seconds"] < 150
    assert told["stream_pos_events_failed"] == 1


def test_attempts_are_summed_over_all_rows(client):
    outcomes = [(Outcome.DELIVERED, 10), (Outcome.DELIVERED, 40), (Outcome.FAILED, 600)]
    delivery_statistics.add([("stream", *outcome) for outcome in outcomes])
    delivery_statistics.add([("stream", Outcome.DELIVERED, 90_000)])
    delivery_statistics.add([("other", Outcome.REFUSED, 1)])
    total = "stream_pos_delivery_attempts_total"
    assert read(client, endpoint="stream", outcome="delivered")[total] == 3
    assert read(client, endpoint="stream", outcome="failed")[total] == 1
    assert read(client, endpoint="stream", outcome="refused")[total] == 0
    assert read(client, endpoint="other", outcome="refused")[total] == 1

    duration = "stream_pos_delivery_attempt_seconds"
    told = read(client, endpoint="stream")
    assert told[f"{duration}_bucket/0.01"] == 1
    assert told[f"{duration}_bucket/0.05"] == 2
    assert told[f"{duration}_bucket/0.5"] == 2
    assert told[f"{duration}_bucket/1.0"] == 3
    assert told[f"{duration}_bucket/40.0"] == 3
    assert told[f"{duration}_bucket/+Inf"] == told[f"{duration}_count"] == 4
    assert told[f"{duration}_sum"] == 90.65


def test_a_counter_never_goes_down_when_tallies_are_summed(client, settings):
    settings.OUTBOUND_EVENT_DAYS = 1
    delivery_statistics.add([("stream", Outcome.DELIVERED, 40)] * 7)
    delivery_statistics.compact(timezone.now() + timedelta(days=30))
    assert read(client, outcome="delivered")["stream_pos_delivery_attempts_total"] == 7


def test_the_state_of_each_receiver(client):
    now = timezone.now()
    Endpoint.objects.create(name="failing", probe_at=now)
    Endpoint.objects.create(name="gone", stopped_at=now)
    name = "stream_pos_endpoint_state"
    values = {
        (endpoint, state): read(client, endpoint=endpoint, state=state)[name]
        for endpoint in ("stream", "failing", "gone")
        for state in ("closed", "open", "stopped")
    }
    assert [key for key, value in values.items() if value == 1] == [
        ("stream", "closed"),
        ("failing", "open"),
        ("gone", "stopped"),
    ]
    assert set(values.values()) == {0, 1}


def test_open_alarms_and_the_version(client):
    alarms.raise_alarm(Alarm.Kind.FAILING, endpoint="stream", message="It fails.")
    alarms.raise_alarm(Alarm.Kind.STOPPED, endpoint="stream", message="It is gone.")
    alarms.resolve(Alarm.Kind.STOPPED, endpoint="stream")
    assert read(client, kind="failing") == {"stream_pos_alarms_open": 1}
    assert read(client, kind="stopped") == {"stream_pos_alarms_open": 0}
    assert read(client, version="0.1.0") == {"stream_pos_build_info": 1}


def test_the_number_of_queries_does_not_depend_on_the_number_of_receivers(client, merchant):
    counts = []
    for round_number in range(2):
        for number in range(10):
            name = f"receiver-{round_number}-{number}"
            Endpoint.objects.create(name=name)
            delivery_statistics.add([(name, Outcome.DELIVERED, 5)])
            factories.event(merchant, endpoint=name)
        with CaptureQueriesContext(connection) as queries:
            client.get("/metrics")
        counts.append(len(queries))
    assert counts == [8, 8]  # Three are of the clocks, undecided orders and failing events.


def test_the_content_type_is_that_of_prometheus_and_the_answer_is_not_cached(client):
    answer = client.get("/metrics")
    assert answer["Content-Type"] == "text/plain; version=1.0.0; charset=utf-8"
    assert "no-store" in answer["Cache-Control"]


# Access.


def refused(answer) -> bool:
    response = (answer.status_code, answer.headers.get("WWW-Authenticate"), answer.content)
    return response == (401, "Bearer", b"")


@pytest.mark.parametrize("sent", [f"Bearer {TOKEN}", f"bearer  {TOKEN} "])
def test_the_token_grants_access_from_anywhere(client, settings, sent):
    settings.METRICS_TOKEN = TOKEN
    forwarded = {"authorization": sent, "x-forwarded-for": "203.0.113.5"}
    assert client.get("/metrics", headers=forwarded, REMOTE_ADDR="203.0.113.9").status_code == 200


@pytest.mark.parametrize(
    "sent", [None, "", TOKEN, "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}é"]
)
def test_with_a_token_set_even_loopback_needs_it(client, settings, sent):
    settings.METRICS_TOKEN = TOKEN
    headers = {} if sent is None else {"authorization": sent}
    assert refused(client.get("/metrics", headers=headers, REMOTE_ADDR="127.0.0.1"))


@pytest.mark.parametrize(
    ("address", "is_let_in"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("10.0.0.5", False),
        ("203.0.113.5", False),
        ("", False),
    ],
)
def test_without_a_token_only_this_machine_has_access(client, address, is_let_in):
    answer = client.get("/metrics", REMOTE_ADDR=address)
    assert (answer.status_code == 200) is is_let_in
    assert is_let_in or refused(answer)


@pytest.mark.parametrize("proxies", [[], ["127.0.0.1/32"]])
@pytest.mark.parametrize(
    "headers",
    [
        {"x-forwarded-for": "203.0.113.5"},
        {"x-forwarded-for": "127.0.0.1"},
        {"x-forwarded-for": ""},
        {"x-forwarded-for": "rubbish"},
        {"forwarded": "for=203.0.113.5"},
        {"x-real-ip": "203.0.113.5"},
        {"x-forwarded-host": "pos.example"},
        {"via": "1.1 proxy"},
    ],
)
def test_a_proxied_request_does_not_count_as_local(client, settings, proxies, headers):
    settings.TRUSTED_PROXIES = proxies
    assert refused(client.get("/metrics", headers=headers, REMOTE_ADDR="127.0.0.1"))


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "_", "[::2]:80"])
def test_a_foreign_host_name_that_resolves_to_this_machine_is_refused(host):
    request = RequestFactory().get("/metrics", headers={"host": host})
    assert refused(metrics(request))


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "[::1]:8000"])
def test_loopback_host_names_are_accepted(host):
    assert metrics(RequestFactory().get("/metrics", headers={"host": host})).status_code == 200


def test_metrics_are_read_only(client):
    assert client.post("/metrics").status_code == 405


def test_requests_are_reported_during_a_database_outage(client, monkeypatch):
    def fail(*args: object, **kwargs: object) -> None:
        raise OperationalError("connection refused to db.internal")

    monkeypatch.setattr(Endpoint.objects, "all", fail)
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert b"# TYPE stream_pos_requests_total counter" in answer.content
    assert b"stream_pos_alarms_open" not in answer.content
    assert b"db.internal" not in answer.content


def test_a_bug_is_not_taken_for_an_outage(client, monkeypatch):
    def fail(*args: object, **kwargs: object) -> None:
        raise ProgrammingError("no such column")

    monkeypatch.setattr(Endpoint.objects, "all", fail)
    with pytest.raises(ProgrammingError):
        client.get("/metrics")


def test_a_scraper_may_use_a_host_that_is_not_in_allowed_hosts(client, settings):
    settings.METRICS_TOKEN = "a token of the tests"
    answer = client.get(
        "/metrics",
        headers={"host": "10.1.2.3:8000", "authorization": "Bearer a token of the tests"},
    )
    assert answer.status_code == 200


def test_the_rounds_and_the_undecided_orders_are_told(client, location):
    RoundRecord.objects.create(
        name="order decisions", last_beat_at=timezone.now() - timedelta(seconds=30)
    )
    assert 30 <= read(client, task="order decisions")["stream_pos_task_last_run_seconds"] < 60
    told = read(client)
    assert told["stream_pos_undecided_orders"] == 0
    assert told["stream_pos_oldest_undecided_seconds"] == 0

    with time_machine.travel(timezone.now() - timedelta(seconds=20), tick=False):
        pending(location)
    told = read(client)
    assert told["stream_pos_undecided_orders"] == 1
    assert 20 <= told["stream_pos_oldest_undecided_seconds"] < 60


def test_the_failure_rate_of_stream_s_events_is_that_of_the_last_hour(client):
    name = "stream_pos_stream_events_failure_ratio"
    assert read(client)[name] == 0
    answered(503, minutes_ago=61, times=10)
    answered(201, minutes_ago=58, times=9)
    answered(503, minutes_ago=1)
    answered(401, to=STRANGER, minutes_ago=1, times=5)
    assert read(client)[name] == 0.1
