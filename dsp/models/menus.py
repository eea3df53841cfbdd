"""Published menus, and the changes of availability that came after them."""

from django.db import models
from django.db.models import Q
from django.utils import timezone


class ReceivedMenu(models.Model):
    """A menu that Stream published, from its announcement to its verdict (contract DSP-MENU).

    `number` counts the menus of a store that went live; it is the menu version of quotes and pages.
    `arrival` orders menus and updates of a store as they arrived: it is the archived event's key.
    """

    class Verdict(models.TextChoices):
        WAITING = "waiting", "Waiting to be fetched"
        LIVE = "live", "Live"
        REPLACED = "replaced", "Was live"
        SUPERSEDED = "superseded", "Given up: a later one arrived"
        REFUSED = "refused", "Refused"
        UNREACHABLE = "unreachable", "Could not be fetched"

    store = models.ForeignKey("dsp.Store", on_delete=models.CASCADE, related_name="received_menus")
    arrival = models.PositiveBigIntegerField(
        help_text="The key of its event; of a menu of ours, of the newest one."
    )
    received_at = models.DateTimeField(default=timezone.now)
    verdict = models.CharField(max_length=11, choices=Verdict, default=Verdict.WAITING)
    reason = models.TextField(blank=True, help_text="Why it was not taken, in one sentence.")
    sealed_address = models.BinaryField(
        null=True, help_text="The encrypted address; dropped when the menu is fetched or given up."
    )
    shown_address = models.CharField(max_length=500, blank=True, help_text="Without its query.")
    attempt_count = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    claim = models.UUIDField(null=True)
    leased_until = models.DateTimeField(null=True)
    number = models.PositiveIntegerField(null=True)
    live_at = models.DateTimeField(null=True)
    version = models.PositiveSmallIntegerField(null=True, help_text="Of the format: 1 or 2.")
    currency = models.CharField(max_length=3, blank=True)
    prep_time_minutes = models.PositiveIntegerField(null=True)
    counts = models.JSONField(default=dict, help_text="Menus, families, variations, modifiers.")
    left_out = models.JSONField(default=list, help_text="Kind, id, reason and detail of each.")
    left_out_count = models.PositiveIntegerField(default=0)
    notes = models.JSONField(default=list, help_text="Sentences for staff.")
    changes = models.JSONField(default=list, help_text="What differs from the live menu before.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "number"], name="menu_number_once"),
        ]
        indexes = [
            # For dsp/menu_intake/queue.py:claim: the few menus that wait for a worker.
            models.Index(fields=["due_at"], condition=Q(verdict="waiting"), name="menu_due"),
            # For dsp/menu_intake/queue.py:latest: the newest menu of a store.
            models.Index(fields=["store", "-id"], name="menu_of_store"),
        ]

    def __str__(self) -> str:
        return f"Menu {self.number or '–'}: {self.get_verdict_display()}"


class MenuContent(models.Model):
    """The bytes of a menu that went live, kept apart because they are large."""

    menu = models.OneToOneField(
        ReceivedMenu, on_delete=models.CASCADE, primary_key=True, related_name="content"
    )
    file = models.BinaryField(help_text="The published file, compressed with gzip.")
    compiled = models.BinaryField(help_text="The menu in our own form: msgpack of PublishedMenu.")
    guest_body = models.BinaryField(help_text="The guest's menu, without its end.")
    guest_gzip = models.BinaryField(help_text="The same, compressed and flushed.")
    object_ids = models.BinaryField(help_text="Sorted checksums of kind and id of each object.")

    def __str__(self) -> str:
        return f"Content of {self.menu}"


class AvailabilityChange(models.Model):
    """An object of a store that is on or off in spite of its menu (contract DSP-EV-UPDATE).

    It counts for menus that arrived before it.
    """

    class Kind(models.TextChoices):
        ITEMS = "items", "Item"
        VARIATIONS = "variations", "Variation"
        MODIFIERS = "modifiers", "Modifier"

    store = models.ForeignKey(
        "dsp.Store", on_delete=models.CASCADE, related_name="availability_changes"
    )
    kind = models.CharField(max_length=10, choices=Kind)
    stream_id = models.CharField(max_length=255)
    is_active = models.BooleanField()
    arrival = models.PositiveBigIntegerField(help_text="The key of its event.")
    until = models.DateTimeField(null=True, help_text="Empty: until the next publish or update.")
    reason = models.CharField(max_length=200, blank=True, help_text="Empty: Stream's update.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "kind", "stream_id"], name="availability_change_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stream_id}: {'on' if self.is_active else 'off'}"
