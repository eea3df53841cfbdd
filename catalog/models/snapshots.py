"""The catalog as Stream pulls it, and the marks that make it stale."""

from django.db import models

_NOTHING = models.Value({}, models.JSONField())


class CatalogBody(models.Model):
    """The bytes of a catalog, stored once for all of the merchant's equal snapshots."""

    merchant = models.ForeignKey(
        "integration.Merchant", on_delete=models.CASCADE, related_name="catalog_bodies"
    )
    etag = models.CharField(max_length=64, help_text="SHA-256 of the bytes.")
    content = models.BinaryField(help_text="The JSON, compressed with gzip.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "etag"], name="catalog_body_once")
        ]

    def __str__(self) -> str:
        return self.etag


class CatalogSnapshot(models.Model):
    """A rendered catalog: of one location, or of the whole merchant (`location` empty).

    It is current while `revision` equals the sum of the marks that concern it, and until
    `stale_at`, the next instant at which an object comes back on automatically.
    """

    merchant = models.ForeignKey(
        "integration.Merchant", on_delete=models.CASCADE, related_name="snapshots"
    )
    location = models.OneToOneField(
        "catalog.Location", on_delete=models.CASCADE, null=True, related_name="snapshot"
    )
    revision = models.BigIntegerField(default=-1, help_text="-1: never built.")
    stale_at = models.DateTimeField(null=True)
    etag = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the bytes.")
    shared_body = models.ForeignKey(
        CatalogBody, on_delete=models.RESTRICT, null=True, related_name="snapshots"
    )
    outline = models.JSONField(
        default=dict,
        db_default=_NOTHING,
        help_text="A fingerprint of each object; for locations only.",
    )
    size = models.PositiveIntegerField(default=0, help_text="Bytes of the JSON itself.")
    built_at = models.DateTimeField(null=True)

    HEAVY = ("outline", "told_outline", "event_outline")  # Not needed for a pull.

    # What Stream knows (contract CAT), from the last event that was sent or from its last pull.
    told_etag = models.CharField(
        max_length=64, blank=True, help_text="Empty: unknown, or only `told_outline` is known."
    )
    told_outline = models.JSONField(default=dict, db_default=_NOTHING, help_text="{}: unknown.")
    told_at = models.DateTimeField(null=True)
    told_revision = models.BigIntegerField(
        null=True, help_text="Revision at connection: what is built at it counts as known."
    )
    event_id = models.BigIntegerField(null=True, help_text="The event that may still be waiting.")
    event_etag = models.CharField(max_length=64, blank=True, help_text="The ETag it announces.")
    event_outline = models.JSONField(default=dict, db_default=_NOTHING)
    object_events = models.JSONField(
        default=list,
        db_default=models.Value([], models.JSONField()),
        help_text="Unfinished events about single objects.",
    )
    pulled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant"],
                condition=models.Q(location=None),
                name="snapshot_one_global",
            )
        ]

    def __str__(self) -> str:
        return f"Catalog of {self.location or self.merchant}"

    @property
    def body(self) -> bytes:
        """The JSON, compressed with gzip; empty if never built."""
        return bytes(self.shared_body.content) if self.shared_body else b""


class CatalogBuild(models.Model):
    """The lease on building a merchant's catalogs (catalog.snapshots.build_lease)."""

    merchant = models.OneToOneField(
        "integration.Merchant", on_delete=models.CASCADE, related_name="+", primary_key=True
    )
    held_until = models.DateTimeField()

    def __str__(self) -> str:
        return f"Held until {self.held_until}"


class CompiledMenu(models.Model):
    """The menu that orders are judged by (catalog.compiled), as of one revision of the menu.

    It is current while `revision` equals the sum of the merchant's marks without a location: what
    a location switches or counts is not part of it.
    """

    merchant = models.OneToOneField(
        "integration.Merchant",
        on_delete=models.CASCADE,
        related_name="compiled_menu",
        primary_key=True,
    )
    revision = models.BigIntegerField(default=-1, help_text="-1: never compiled.")
    format = models.PositiveSmallIntegerField(default=0, help_text="catalog.compiled.menu:FORMAT")
    etag = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the bytes.")
    size = models.PositiveIntegerField(default=0, help_text="Bytes of the content.")
    content = models.BinaryField(default=b"", help_text="catalog.compiled.menu:encode.")

    def __str__(self) -> str:
        return f"{self.etag} at revision {self.revision}"


class CatalogMark(models.Model):
    """One change of a catalog, written by database triggers in the change's own transaction.

    Changes only ever add marks, so that writers never wait for each other; a catalog's revision
    is the sum of their weights. An empty location means that the change concerns all locations.
    There are no foreign keys, because a mark may outlive what it refers to.
    """

    merchant_id = models.BigIntegerField()
    location_id = models.BigIntegerField(null=True)
    weight = models.BigIntegerField(default=1)

    class Meta:
        indexes = [
            # For catalog/revisions/counter.py:revision_of: sums the marks in a scope.
            models.Index(fields=["merchant_id", "location_id"], name="catalog_mark_scope"),
            # For catalog/revisions/counter.py:menu_revision, summed for each order: the marks that
            # orders add by taking stock are not in it.
            models.Index(
                fields=["merchant_id"],
                include=["weight"],
                condition=models.Q(location_id=None),
                name="catalog_mark_of_menu",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.weight} changes"


class KnownId(models.Model):
    """Every provider_id that a merchant's menu ever had, with its kind; never deleted."""

    merchant_id = models.BigIntegerField()
    provider_id = models.CharField(max_length=128)
    kind = models.CharField(max_length=16)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant_id", "provider_id"], name="known_id_once")
        ]

    def __str__(self) -> str:
        return self.provider_id
