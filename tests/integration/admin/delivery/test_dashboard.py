"""The delivery dashboard for platform staff: charts, figures and the state of each endpoint."""

import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integration.admin.delivery import charts
from integration.admin.shared import chart_data
from integration.models import Alarm, DeliveryTally, Endpoint, QueueSample
from integration.monitoring import alarms, time_series
from integration.monitoring import statistics as delivery_statistics
from integration.monitoring.time_series import SPANS
from tests.support import factories, services
from tests.support.markup import compact

DASHBOARD = "/admin/integration/endpoint/dashboard/"
NOW = datetime(2026, 3, 12, 14, 3, 30, tzinfo=UTC)
Outcome = DeliveryTally.Outcome
BROWSER = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture
def staff(db: None) -> Any:
    return factories.user(None, "", is_superuser=True)


@pytest.fixture
def client(browser_client: Any, staff: Any) -> Any:
    return browser_client(staff)


def tally(at: datetime, outcome: str, *durations_ms: int) -> None:
    delivery_statistics.add([("stream", Outcome(outcome), duration) for duration in durations_ms])
    newest = DeliveryTally.objects.latest("pk")
    newest.at = at
    newest.save()


def figures(answer: Any) -> dict[str, str]:
    return {figure["label"]: figure["value"] for figure in answer.context["page"]["figures"]}


def charts_on(answer: Any) -> list[dict[str, Any]]:
    """Return the data that Chart.js reads from the page, chart by chart."""
    values = re.findall(r'data-value="([^"]*)"', answer.content.decode())
    return [json.loads(unescape(value)) for value in values]


# --- The data of the charts.


@pytest.mark.parametrize(
    ("name", "count", "first"),
    [
        ("hour", 60, datetime(2026, 3, 12, 13, 4, tzinfo=UTC)),
        ("day", 96, datetime(2026, 3, 11, 14, 15, tzinfo=UTC)),
        ("week", 84, datetime(2026, 3, 5, 16, tzinfo=UTC)),
    ],
)
def test_a_span_ends_with_the_current_step(db, name, count, first):
    steps = time_series.steps("stream", SPANS[name], NOW)
    assert (len(steps), steps[0].at) == (count, first)
    assert steps[-1].at <= NOW < steps[-1].at + timedelta(seconds=SPANS[name].step_seconds)


def test_attempts_within_a_step_are_summed(db):
    minute = NOW.replace(second=0, minute=2)
    tally(minute, "delivered", 10, 20)
    tally(minute + timedelta(seconds=59), "delivered", 5)
    tally(minute + timedelta(seconds=1), "failed", 5000)
    tally(NOW - timedelta(hours=1, seconds=1), "delivered", 1)  # Before the hour.
    tally(NOW + timedelta(seconds=1), "delivered", 1)  # From a clock that runs fast.
    DeliveryTally.objects.create(
        at=minute, endpoint="other", outcome="failed", count=1, total_ms=1, buckets=[1]
    )
    for second, waiting, oldest in [(1, 3, 40), (50, 2, 90)]:
        QueueSample.objects.create(
            at=minute + timedelta(seconds=second),
            endpoint="stream",
            waiting=waiting,
            oldest_seconds=oldest,
        )
    steps = time_series.steps("stream", SPANS["hour"], NOW)
    step = steps[-2]
    assert step.at == minute
    assert step.counts == {"delivered": 3, "failed": 1, "refused": 0}
    assert step.buckets[:2] == [2, 1]
    assert (step.waiting, step.oldest_seconds) == (3, 90)
    assert sum(step.attempts for step in steps) == 4
    assert steps[-1].waiting is None  # Not counted yet.


def test_only_an_isolated_value_is_a_point():
    assert chart_data.radii([1, 2, None, 3, None, 4, 5]) == [0, 0, 0, 2, 0, 0, 0]


@pytest.mark.parametrize(
    ("seconds", "unit", "shown"),
    [(170, "seconds", 170), (600, "minutes", 10), (14_400, "hours", 4), (864_000, "days", 10)],
)
def test_the_oldest_age_is_shown_in_a_readable_unit(seconds, unit, shown):
    step = time_series.Step(NOW, waiting=1, oldest_seconds=seconds)
    chart = charts.queue([step], SPANS["hour"])
    assert json.loads(chart.data)["datasets"][1]["data"] == [shown]
    assert json.loads(chart.options)["scales"]["y1"]["title"]["text"] == f"Age in {unit}"
    assert chart.summary == f"Last hour: at most 1 waiting, the oldest for {shown} {unit}."


# --- The page.


def test_the_page_shows_the_counts_as_charts_and_in_words(client):
    now = timezone.now()
    tally(now, "delivered", *[40] * 1200)
    tally(now, "failed", 4000, 4000)
    QueueSample.objects.create(at=now, endpoint="stream", waiting=7, oldest_seconds=300)
    answer = client.get(DASHBOARD)
    attempts, queue, latency = charts_on(answer)
    assert [dataset["label"] for dataset in attempts["datasets"]] == [
        "Delivered",
        "Failed",
        "Refused",
    ]
    assert [sum(dataset["data"]) for dataset in attempts["datasets"]] == [1200, 2, 0]
    assert len(attempts["labels"]) == 60
    assert [
        [dataset for dataset in line["data"] if dataset is not None] for line in queue["datasets"]
    ] == [
        [7],
        [5],
    ]
    assert [dataset["label"] for dataset in latency["datasets"]] == [
        "Median (p50)", "95th percentile (p95)", "99th percentile (p99)",
    ]  # fmt: skip
    page = compact(unescape(answer.content.decode()))
    told = "Last hour: 1,200 delivered, 2 failed, 0 refused."
    assert f'role="img" aria-label="Attempts per minute. {told}"' in page
    assert "Last hour: at most 7 waiting, the oldest for 5 minutes." in page
    assert '<th scope="col">Delivered</th>' in page
    assert "<td>1,200</td>" in page


@pytest.mark.parametrize(("span", "count"), [("day", 96), ("week", 84), ("rubbish", 60)])
def test_other_spans(client, span, count):
    tally(timezone.now(), "delivered", 40)
    assert len(charts_on(client.get(DASHBOARD, {"span": span}))[0]["labels"]) == count


def test_the_figures_of_the_present_and_of_the_span(client, merchant):
    now = timezone.now()
    factories.event(merchant, created_at=now - timedelta(minutes=10))
    factories.event(merchant, state="failed", finished_at=now)
    factories.event(merchant, endpoint="other")
    alarms.raise_alarm(Alarm.Kind.FAILING, endpoint="stream", message="It fails.")
    tally(now, "delivered", *[40] * 3)
    tally(now, "refused", 40)
    assert figures(client.get(DASHBOARD)) == {
        "Waiting now": "1",
        "Oldest waiting": "10 minutes",
        "Given up in the last 24 hours": "1",
        "Open alarms": "1",
        "Delivered, last hour": "3",
        "Failed or refused, last hour": "1",
        "Success rate, last hour": "75.0 %",
        "95th percentile duration, last hour": "≤ 49 ms",
    }


def test_an_empty_dashboard(client):
    answer = client.get(DASHBOARD)
    page = answer.content.decode()
    assert charts_on(answer) == []
    assert page.count("Nothing has been sent yet.") == 2
    assert "a worker counts waiting events once a minute" in page
    assert figures(answer)["Success rate, last hour"] == "–"


def test_each_receiver_is_listed_with_its_state(client):
    now = timezone.now()
    Endpoint.objects.create(name="other", stopped_at=now - timedelta(hours=3))
    answer = client.get(DASHBOARD)
    shown = [(row["endpoint"].name, row["label"]) for row in answer.context["page"]["receivers"]]
    assert shown == [("other", "Stopped"), ("stream", "Working")]
    page = answer.content.decode()
    assert "No webhook address is set: events are kept" in page  # The other receiver's.
    assert "Events are sent as they occur." in page
    assert client.get(DASHBOARD, {"receiver": "other"}).context["page"]["receiver"].name == "other"
    assert client.get(DASHBOARD, {"receiver": "no"}).context["page"]["receiver"].name == "stream"


def test_a_week_takes_as_few_queries_as_an_hour(client):
    for minutes in range(50):
        tally(timezone.now() - timedelta(minutes=minutes), "delivered", 40)
    counts = []
    for span in ("hour", "hour", "week"):
        with CaptureQueriesContext(connection) as queries:
            client.get(DASHBOARD, {"span": span})
        counts.append(len(queries))
    assert counts[1] == counts[2] <= 14


@pytest.mark.parametrize("role", ["owner", "manager", "kitchen"])
def test_a_merchants_users_cannot_see_it(browser_client, merchant, role):
    merchant_client = browser_client(factories.user(merchant, role))
    assert merchant_client.get(DASHBOARD).status_code == 403
    assert DASHBOARD not in merchant_client.get("/admin/").content.decode()


def test_the_sidebar_links_to_it(client):
    assert f'href="{DASHBOARD}"' in client.get("/admin/").content.decode()


# --- In a real browser.


@pytest.fixture
def browser_page(monkeypatch: pytest.MonkeyPatch, live_server: Any, client: Any) -> Iterator[Any]:
    """Chromium, signed in as our own staff; any console error fails the test."""
    services.require("Chromium")
    from playwright.sync_api import sync_playwright

    # Playwright runs an event loop in this thread; our queries still run in it one by one.
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=services.CHROMIUM, args=BROWSER)
        page = browser.new_page(viewport={"width": 390, "height": 844})
        session = client.cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda message: complaints.append(message.text) if message.type == "error" else None,
        )
        yield page
        browser.close()
    assert complaints == []


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_charts_are_drawn_on_a_phone_under_our_content_security_policy(
    browser_page, live_server
):
    now = timezone.now()
    tally(now - timedelta(minutes=2), "delivered", *[40] * 9)
    tally(now, "failed", 4000)
    for minutes in (3, 2, 1):
        QueueSample.objects.create(
            at=now - timedelta(minutes=minutes), endpoint="stream", waiting=minutes
        )
    browser_page.goto(f"{live_server.url}{DASHBOARD}")
    browser_page.wait_for_function(
        "document.querySelectorAll('canvas').length === 3"
        " && [...document.querySelectorAll('canvas')].every(one => Chart.getChart(one))"
    )
    coloured = browser_page.evaluate(
        "[...document.querySelectorAll('canvas')].map(one => one.getContext('2d')"
        ".getImageData(0, 0, one.width, one.height).data.some(value => value > 0))"
    )
    assert coloured == [True, True, True]
    stacked = "Chart.getChart(document.querySelector('canvas')).options.scales.y.stacked"
    assert browser_page.evaluate(stacked) is True
    widest = (
        "Math.max(...[...document.querySelectorAll('#content-main *')]"
        ".map(one => one.getBoundingClientRect().right))"
    )
    assert browser_page.evaluate(widest) <= 390


def test_the_headline_names_every_open_alarm_and_its_endpoint_no_longer_works(client):
    assert "No alarm is open." in compact(client.get(DASHBOARD).content.decode())
    alarms.raise_alarm(Alarm.Kind.REFUSED, endpoint="stream", message="It refuses.")
    alarms.raise_alarm(Alarm.Kind.STALLED, endpoint="workers", message="They stand still.")
    page = compact(client.get(DASHBOARD).content.decode())
    assert "2 alarms are open: The workers stand still; The receiver refuses events." in page
    assert "sp-headline--error" in page
    assert "Needs attention" in page
    assert ">Working<" not in page.replace(" ", "")
