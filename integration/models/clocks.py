"""The rounds that workers run by the clock: who runs each, and when it last ran."""

from django.db import models


class RoundRecord(models.Model):
    """One round's lease and its last sign of life, both by the database's clock."""

    name = models.CharField(max_length=64, primary_key=True)
    holder = models.UUIDField(null=True, help_text="The process that runs it.")
    leased_until = models.DateTimeField(null=True)
    last_beat_at = models.DateTimeField(
        null=True, help_text="The end of its last run, or a step of a long one."
    )

    class Meta:
        verbose_name = "round"

    def __str__(self) -> str:
        return self.name
