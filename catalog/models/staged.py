"""Bulk edits that a person is preparing."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone


class StagedEdit(models.Model):
    """A selection of objects for a bulk edit, kept between its form and its preview.

    Only the person who made it can see it; it is deleted when applied, or after a day.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    merchant = models.ForeignKey("integration.Merchant", on_delete=models.CASCADE)
    kind = models.CharField(max_length=16, help_text="The kind of the selected objects.")
    keys = models.JSONField(help_text="The keys of the selected objects.")
    options = models.JSONField(default=dict, help_text="The values of the form.")
    plan = models.JSONField(null=True, help_text="The changes that the preview showed.")
    version = models.PositiveIntegerField(default=0, help_text="The plan's version that was shown.")
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{len(self.keys)} × {self.kind}"
