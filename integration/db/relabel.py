"""A migration operation for labels, help texts, choices' labels and validators' messages.

AlterField would do, but it renders every related model anew after each field: some hundred fields
cost a third of the time of all migrations together.
"""

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.state import ProjectState


class RelabelFields(Operation):
    """Replace fields of a model by ones that differ in texts only; the database stays as it is."""

    category = OperationCategory.ALTERATION
    reduces_to_sql = False

    def __init__(self, model_name: str, fields: "Mapping[str, models.Field[Any, Any]]") -> None:
        self.model_name = model_name
        self.fields = fields

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        # Without rendered models nothing is reloaded; Django renders them when it next needs them.
        state.__dict__.pop("apps", None)
        for name, field in self.fields.items():
            state.alter_field(app_label, self.model_name, name, field, preserve_default=True)

    def database_forwards(self, *args: Any) -> None:
        """Change nothing."""

    def database_backwards(self, *args: Any) -> None:
        """Change nothing."""

    def describe(self) -> str:
        return f"Relabel fields of {self.model_name}"
