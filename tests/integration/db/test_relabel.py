"""Labels changed by a migration: in its state only, and once for all fields of a model."""

import pytest
from django.db import models
from django.db.migrations.state import ModelState, ProjectState

from integration.db.relabel import RelabelFields

pytestmark = pytest.mark.django_db


def _state() -> ProjectState:
    state = ProjectState()
    fields = [("id", models.AutoField(primary_key=True)), ("name", models.CharField(max_length=9))]
    state.add_model(ModelState("shop", "Dish", fields))
    return state


def test_the_texts_of_fields_change_in_the_state_and_the_database_is_not_asked(
    django_assert_num_queries,
):
    before = _state()
    assert before.apps.get_model("shop", "Dish")._meta.get_field("name").help_text == ""
    relabel = RelabelFields("dish", {"name": models.CharField(max_length=9, help_text="Short.")})
    after = before.clone()

    relabel.state_forwards("shop", after)
    with django_assert_num_queries(0):
        relabel.database_forwards("shop", None, before, after)
        relabel.database_backwards("shop", None, after, before)

    assert after.apps.get_model("shop", "Dish")._meta.get_field("name").help_text == "Short."
    assert before.apps.get_model("shop", "Dish")._meta.get_field("name").help_text == ""
    assert relabel.describe() == "Relabel fields of dish"
