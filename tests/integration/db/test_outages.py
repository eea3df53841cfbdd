"""Errors that are outages, and the lines that an outage writes."""

import contextlib
import logging
import sqlite3

import psycopg
import pytest
from django.db import DataError, IntegrityError, InternalError, OperationalError, connection
from psycopg import errors

from integration.db import outages


def _raised(error, cause):
    error.__cause__ = cause
    return error


def _sqlite_error(code):
    error = sqlite3.OperationalError("refused")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    "error",
    [
        _raised(InternalError(), errors.ReadOnlySqlTransaction()),
        _raised(InternalError(), errors.IdleInTransactionSessionTimeout()),
        _raised(OperationalError(), errors.AdminShutdown()),
        _raised(OperationalError(), errors.CannotConnectNow()),
        _raised(OperationalError(), errors.DiskFull()),
        _raised(OperationalError(), errors.TooManyConnections()),
        _raised(OperationalError(), errors.QueryCanceled()),
        _raised(OperationalError(), _sqlite_error(sqlite3.SQLITE_FULL)),
        errors.LockNotAvailable(),
    ],
)
def test_these_errors_are_outages(error):
    assert outages.is_outage(error) is True


@pytest.mark.parametrize(
    "error",
    [
        None,
        ValueError(),
        _raised(IntegrityError(), errors.UniqueViolation()),
        _raised(DataError(), errors.NumericValueOutOfRange()),
        _raised(InternalError(), errors.InFailedSqlTransaction()),
        psycopg.ProgrammingError(),
    ],
)
def test_these_errors_are_not(error):
    assert outages.is_outage(error) is False


def test_trying_again_helps_after_an_outage_or_a_concurrent_write_only():
    assert outages.is_temporary(_raised(OperationalError(), errors.DeadlockDetected()))
    assert outages.is_temporary(_raised(IntegrityError(), errors.UniqueViolation()))
    assert not outages.is_temporary(_raised(DataError(), errors.NumericValueOutOfRange()))


@pytest.mark.django_db
def test_an_outage_is_one_line_and_its_end_another_with_the_count(monkeypatch, caplog):
    clock = [100.0]
    monkeypatch.setattr(outages.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(outages, "_record", outages._Record())
    connection.ensure_connection()
    for _ in range(500):
        outages.report(OperationalError("connection refused\nIs it running?"))
        clock[0] += 0.01
    outages.report_success()  # Too soon: others may still fail.
    clock[0] += 2
    outages.report_success()
    outages.report_success()
    assert [record.getMessage() for record in caplog.records] == [
        "The database does not answer: connection refused Is it running?",
        "The database answers again: 500 errors in 5.0 s.",
    ]
    assert all(record.exc_info is None for record in caplog.records)


@pytest.mark.django_db
@pytest.mark.parametrize(("error", "is_kept"), [(OperationalError("x"), False), (KeyError(), True)])
def test_a_failed_task_is_logged_unless_it_met_an_outage(error, is_kept):
    record = logging.makeLogRecord({"exc_info": (type(error), error, None)})
    assert outages.WithoutOutages().filter(record) is is_kept


@pytest.mark.django_db(transaction=True)
def test_the_connection_is_closed_after_a_switch_to_read_only_and_kept_after_a_lock():
    connection.ensure_connection()
    kept = connection.connection
    outages.report(_raised(OperationalError(), errors.LockNotAvailable()))
    assert connection.connection is kept
    outages.report(_raised(InternalError(), errors.ReadOnlySqlTransaction()))
    assert connection.connection is None


@pytest.mark.django_db(transaction=True)
def test_a_pipeline_that_an_error_broke_adds_no_line(caplog):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no pipelines.")
    connection.ensure_connection()
    raw = connection.connection
    with contextlib.suppress(KeyError), raw.pipeline():
        raw.execute("SELECT 1 / 0")
        raise KeyError
    assert caplog.records == []
