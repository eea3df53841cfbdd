"""Store pictures: a merchant's equal pictures once, and none much longer than it is used.

Families and modifiers refer to any picture by its URL; a link beside the URL marks one of ours.
"""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone

from catalog.models import FamilyImage, ModifierImage, Picture
from catalog.models.pictures import address, digest_in
from integration.clocks import heartbeat
from integration.db import batches
from integration.models import Merchant

from .recoding import ProcessedImage

# After its last use, because Stream and the channels may still fetch the old URL.
KEPT_UNUSED = timedelta(days=7)
_USED_AT_PRECISION = timedelta(days=1)
_PICTURES_AT_ONCE = 100
_IMAGE_MODELS: list[Any] = [FamilyImage, ModifierImage]


def digest_for(merchant: Merchant, content: bytes) -> str:
    """Return the picture's digest, which differs by merchant: no merchant can guess another's."""
    return sha256(merchant.provider_id.encode() + b"\0" + content).hexdigest()


def url_for(merchant: Merchant, reading: ProcessedImage) -> str:
    """Return the URL that will serve the picture, whether or not it is stored yet."""
    return address(digest_for(merchant, reading.content), reading.kind)


def store(merchant: Merchant, reading: ProcessedImage) -> Picture:
    """Store the picture, once however often it is uploaded, and return it."""
    digest = digest_for(merchant, reading.content)
    if not Picture.objects.filter(digest=digest).update(used_at=timezone.now()):
        picture = Picture(
            merchant=merchant,
            digest=digest,
            kind=reading.kind,
            width=reading.width,
            height=reading.height,
            content=reading.content,
            thumbnail=reading.thumbnail,
        )
        Picture.objects.bulk_create([picture], ignore_conflicts=True)
    return _without_content(Picture.objects.filter(digest=digest)).get()


def find_by_url(merchant: Merchant, url: str) -> Picture | None:
    """Return the merchant's own picture with this URL, if there is one."""
    digest = digest_in(url)
    return _without_content(Picture.objects.filter(merchant=merchant, digest=digest)).first()


def _without_content(pictures: "QuerySet[Picture]") -> "QuerySet[Picture]":
    return pictures.defer("content", "thumbnail")


@transaction.atomic
def link(merchant: Merchant) -> None:
    """Link rows whose URL is one of the merchant's pictures, such as an import writes."""
    for model in _IMAGE_MODELS:
        unlinked = model.objects.filter(
            object__merchant=merchant, picture=None, url__contains="/pictures/"
        )
        rows: dict[str, list[int]] = {}
        for key, url in unlinked.values_list("pk", "url"):
            rows.setdefault(digest_in(url) or "", []).append(key)
        for digest, keys in rows.items():
            picture = Picture.objects.filter(merchant=merchant, digest=digest)
            # Marked as used first, so that it cannot be deleted before the link exists.
            if picture.update(used_at=timezone.now()):
                model.objects.filter(pk__in=keys).update(picture=picture.values("pk")[:1])


def maintain() -> None:
    """Align links with URLs, whoever wrote the rows, and delete unused pictures; run hourly."""
    for merchant in Merchant.objects.filter(picture__isnull=False).distinct():
        heartbeat.step()
        link(merchant)
    for model in _IMAGE_MODELS:
        linked = model.objects.filter(picture__isnull=False)
        strangers = linked.exclude(url__contains=F("picture__digest"))
        for batch in batches.each(strangers, step=heartbeat.step):
            batch.update(picture=None)
        _update_urls(linked)
    delete_unused(timezone.now())


def _update_urls(linked: Any) -> None:
    """Update the URLs after a change of STREAM_POS_PUBLIC_URL."""
    moved = linked.exclude(url__startswith=f"{settings.PUBLIC_URL}/")
    for batch in batches.each(moved, step=heartbeat.step):
        for key, digest, kind in batch.values_list("pk", "picture__digest", "picture__kind"):
            linked.filter(pk=key).update(url=address(digest, kind))


def delete_unused(now: datetime) -> None:
    """Delete pictures to which no row has linked for a week."""
    links = [Exists(model.objects.filter(picture=OuterRef("pk"))) for model in _IMAGE_MODELS]
    used = Picture.objects.filter(links[0] | links[1], used_at__lt=now - _USED_AT_PRECISION)
    for batch in batches.each(used, step=heartbeat.step):
        batch.update(used_at=now)
    # The condition is in the statement; the database refuses to delete a picture linked meanwhile.
    unused = Picture.objects.filter(~links[0], ~links[1], used_at__lt=now - KEPT_UNUSED)
    batches.delete(unused, size=_PICTURES_AT_ONCE, step=heartbeat.step)
