"""Imports that people asked for on the page "Import and export"."""

from typing import ClassVar

from django.conf import settings
from django.db import models


class CatalogImport(models.Model):
    """A file, what it would do, and what became of it. Workers read it; nobody edits it."""

    class State(models.TextChoices):
        CHECKING = "checking", "Being checked"
        READY = "ready", "Checked, not applied"
        APPLYING = "applying", "Being applied"
        DONE = "done", "Applied"
        REFUSED = "refused", "Refused"
        FAILED = "failed", "Failed"
        DROPPED = "dropped", "Not applied"

    WORK: ClassVar = (State.CHECKING, State.APPLYING)  # What a worker is to do.

    merchant = models.ForeignKey("integration.Merchant", on_delete=models.CASCADE)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="who", on_delete=models.SET_NULL, null=True
    )
    file_name = models.CharField("file", max_length=200)
    file_format = models.CharField(max_length=4)
    content = models.BinaryField(null=True, help_text="The file; empty when the import is over.")
    is_merge = models.BooleanField("only adds and changes", default=False)
    state = models.CharField(max_length=8, choices=State, default=State.CHECKING)
    fingerprint = models.CharField(max_length=64, blank=True, help_text="Of the plan shown.")
    report = models.JSONField(default=dict, help_text="The plan for people: catalog.imports.")
    note = models.TextField(blank=True, help_text="What else is to say: why it was refused.")
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True, help_text="When a worker last took it up.")
    created_at = models.DateTimeField("when", auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "import"
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["merchant"],
                condition=models.Q(state__in=["checking", "applying"]),
                name="import_one_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_work(self) -> bool:
        """Whether a worker has something to do with it."""
        return self.state in self.WORK
