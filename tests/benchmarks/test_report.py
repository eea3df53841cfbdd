import json

from benchmarks import __main__ as command
from benchmarks.results import report
from benchmarks.results.measures import Goal, Kind, NotMeasured, Round, summarize

FAST = Kind("fast", "per s", "one by one", Goal("ratio", at_least=10), True, "no database")
SLOW = Kind("slow", "ms", "the quiet run", Goal("ours", below=50), False)
ROWS = [
    summarize(FAST, [Round(1234.5, 100, 2000)]),
    summarize(SLOW, [Round(51.26, 40), Round(50.26, 40), Round(52.26, 40)]),
]

TABLE = """\
row   ours        peer       ratio  ceiling     of it  spread  goal
----  ----------  ---------  -----  ----------  -----  ------  --------------------
fast  1234 per s  100 per s  12.3   2000 per s  0.617  0%      ratio >= 10: reached
slow  51.3 ms     40.0 ms    0.780  -           -      4%      ours < 50: MISSED

fast: peer: one by one; ceiling: no database
slow: peer: the quiet run
lost: NOT MEASURED: It took too long."""


def test_the_table_shows_goals_and_unmeasured_rows():
    assert report.table(ROWS, {"lost": "It took too long."}) == TABLE


def test_numbers_have_three_significant_digits():
    printed = [report.number(value) for value in (12345.6, 100, 12.34, 9.876, 0.98765, 0)]

    assert printed == ["12346", "100", "12.3", "9.88", "0.988", "0.000"]


def test_the_file_contains_every_row_unrounded(tmp_path):
    report.write(tmp_path / "var" / "bench.json", ROWS)

    content = json.loads((tmp_path / "var" / "bench.json").read_text())
    assert list(content) == ["rows"]
    assert content["rows"][0] == {
        "row": "fast",
        "ours": 1234.5,
        "unit": "per s",
        "peer": 100,
        "peer_name": "one by one",
        "ratio": 12.345,
        "ceiling": 2000,
        "ceiling_name": "no database",
        "ceiling_ratio": 0.61725,
        "spread": 0,
    }
    assert content["rows"][1]["ceiling"] is content["rows"][1]["ceiling_ratio"] is None


def _two_rows(bench):
    yield from ROWS


def _fails(bench):
    raise NotMeasured("Nothing arrived.")


def test_a_failing_row_does_not_affect_the_others(monkeypatch):
    paths = {"lost": f"{__name__}:_fails", "fast": f"{__name__}:_two_rows"}
    monkeypatch.setattr(command, "BY_NAME", paths)

    rows, failures = command.measure(None, ["lost", "fast"])

    assert [row.row for row in rows] == ["fast"]  # The other row was not requested.
    assert failures == {"lost": "Nothing arrived."}


def test_rows_that_share_a_measurement_are_measured_once(monkeypatch):
    calls = []
    monkeypatch.setattr(command, "BY_NAME", dict.fromkeys(["fast", "slow"], "somewhere"))
    monkeypatch.setattr(
        command.pkgutil, "resolve_name", lambda path: lambda bench: calls.append(path) or ROWS
    )

    rows, failures = command.measure(None, ["slow", "fast", "slow"])

    assert calls == ["somewhere"]
    assert sorted(row.row for row in rows) == ["fast", "slow"]
    assert failures == {}
