"""Edits that bypass the ORM, and edits that the database refuses."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction


def sql(statement: str, *parameters: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def refused(edit: Callable[[], Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        edit()
