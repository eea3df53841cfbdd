"""The answers of the handler of Stream's events, and the senders of authentic ones."""

from django.db import models


class HandlerTally(models.Model):
    """Answers of one kind within a minute, counted by one process; rows are only added."""

    at = models.DateTimeField(db_index=True, help_text="The start of the minute.")
    status = models.PositiveSmallIntegerField(
        help_text="Of the response; 499: the sender hung up before it."
    )
    reason = models.CharField(
        max_length=10, blank=True, help_text="Why no thread worked for it; empty: one did."
    )
    is_foreign = models.BooleanField(
        help_text="Not Stream's: its address never sent an authentic event."
    )
    count = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.count} × {self.status} at {self.at}"


class EventSender(models.Model):
    """An address, or an IPv6 network, that sent an authentic event."""

    address = models.CharField(max_length=45, primary_key=True)
    last_at = models.DateTimeField(help_text="Exact to the hour.")

    def __str__(self) -> str:
        return self.address
