"""Keeps pictures: equal ones of a merchant once, and none much longer than it is used.

Rows of families and modifiers name a picture by its address, as they name one elsewhere; a link
beside it says that it is ours.
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
from integration.models import Merchant

from .processing import Reading

# After its last use: Stream and the channels may still fetch by the address they know.
KEPT_UNUSED = timedelta(days=7)
_SEEN_ANEW = timedelta(days=1)
_ROWS: list[Any] = [FamilyImage, ModifierImage]


def digest_of(merchant: Merchant, content: bytes) -> str:
    """Of no use to others: the same picture has another address at every merchant."""
    return sha256(merchant.provider_id.encode() + b"\0" + content).hexdigest()


def url_of(merchant: Merchant, reading: Reading) -> str:
    """Where it will be served, whether it is stored yet or not."""
    return address(digest_of(merchant, reading.content), reading.kind)


def store(merchant: Merchant, reading: Reading) -> Picture:
    """The stored picture; it is written once, however often the same is uploaded."""
    digest = digest_of(merchant, reading.content)
    if not Picture.objects.filter(digest=digest).update(used_at=timezone.now()):
        made = Picture(
            merchant=merchant,
            digest=digest,
            kind=reading.kind,
            width=reading.width,
            height=reading.height,
            content=reading.content,
            thumbnail=reading.thumbnail,
        )
        Picture.objects.bulk_create([made], ignore_conflicts=True)
    return _light(Picture.objects.filter(digest=digest)).get()


def of_merchant(merchant: Merchant, url: str) -> Picture | None:
    """The merchant's own picture at this address."""
    digest = digest_in(url)
    return _light(Picture.objects.filter(merchant=merchant, digest=digest)).first()


def _light(pictures: "QuerySet[Picture]") -> "QuerySet[Picture]":
    return pictures.defer("content", "thumbnail")


@transaction.atomic
def link(merchant: Merchant) -> None:
    """Links rows that name a picture of their merchant by its address, as an import leaves them."""
    for model in _ROWS:
        unlinked = model.objects.filter(
            object__merchant=merchant, picture=None, url__contains="/pictures/"
        )
        rows: dict[str, list[int]] = {}
        for key, url in unlinked.values_list("pk", "url"):
            rows.setdefault(digest_in(url) or "", []).append(key)
        for digest, keys in rows.items():
            picture = Picture.objects.filter(merchant=merchant, digest=digest)
            # Seen in use first: then it cannot go before the link is there.
            if picture.update(used_at=timezone.now()):
                model.objects.filter(pk__in=keys).update(picture=picture.values("pk")[:1])


def look_after() -> None:
    """Every hour: links and addresses agree, whoever wrote the rows, and what is unused goes."""
    for merchant in Merchant.objects.filter(picture__isnull=False).distinct():
        link(merchant)
    for model in _ROWS:
        linked = model.objects.filter(picture__isnull=False)
        linked.exclude(url__contains=F("picture__digest")).update(picture=None)
        _address_anew(linked)
    forget_unused(timezone.now())


def _address_anew(linked: Any) -> None:
    """After a change of STREAM_POS_PUBLIC_URL: Stream no longer finds us at the old address."""
    moved = linked.exclude(url__startswith=f"{settings.PUBLIC_URL}/")
    for key, digest, kind in moved.values_list("pk", "picture__digest", "picture__kind"):
        linked.filter(pk=key).update(url=address(digest, kind))


def forget_unused(now: datetime) -> None:
    """Removes what no row has linked to for a week."""
    links = [Exists(model.objects.filter(picture=OuterRef("pk"))) for model in _ROWS]
    used = Picture.objects.filter(links[0] | links[1])
    used.filter(used_at__lt=now - _SEEN_ANEW).update(used_at=now)
    # The database refuses what was linked at this moment, so the condition is in the statement.
    Picture.objects.filter(~links[0], ~links[1], used_at__lt=now - KEPT_UNUSED).delete()
