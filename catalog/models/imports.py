"""Imports started on the page "Import and export"."""

from typing import ClassVar

from django.conf import settings
from django.db import models


class CatalogImport(models.Model):
    """A file to import, its plan and its outcome. Only workers change it."""

    class State(models.TextChoices):
        CHECKING = "checking", "Being checked"
        READY = "ready", "Checked, not applied"
        APPLYING = "applying", "Being applied"
        DONE = "done", "Applied"
        REFUSED = "refused", "Refused"
        FAILED = "failed", "Failed"
        DROPPED = "dropped", "Not applied"

    # States with work for a worker.
    WORK: ClassVar = (
        State.CHECKING,
        State.APPLYING,
    )

    merchant = models.ForeignKey("integration.Merchant", on_delete=models.CASCADE)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="who", on_delete=models.SET_NULL, null=True
    )
    file_name = models.CharField("file", max_length=200)
    file_format = models.CharField(max_length=4)
    content = models.BinaryField(null=True, help_text="The file; empty once the import has ended.")
    is_merge = models.BooleanField("merge", default=False)
    state = models.CharField(max_length=8, choices=State, default=State.CHECKING)
    fingerprint = models.CharField(max_length=64, blank=True, help_text="Hash of the plan shown.")
    report = models.JSONField(default=dict, help_text="The plan as shown to people.")
    note = models.TextField(blank=True, help_text="For people, such as why it was refused.")
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True, help_text="When a worker last claimed it.")
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
        """Return whether a worker has work to do on it."""
        return self.state in self.WORK
