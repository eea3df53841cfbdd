"""What a person is about to do with many objects at once."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone


class StagedEdit(models.Model):
    """A choice of objects from a list, which outlives the pages of its form and its preview.

    Only the person who made it sees it; it goes when it is applied, or after a day.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    merchant = models.ForeignKey("integration.Merchant", on_delete=models.CASCADE)
    kind = models.CharField(max_length=16, help_text="Of the chosen objects.")
    keys = models.JSONField(help_text="The chosen objects'.")
    options = models.JSONField(default=dict, help_text="What the form said.")
    plan = models.JSONField(null=True, help_text="What the preview showed (catalog.repricing).")
    version = models.PositiveIntegerField(default=0, help_text="Of the plan: which was shown.")
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{len(self.keys)} × {self.kind}"
