"""The process of an upload: a line of JSON, then the picture and its thumbnail."""

import json

from . import recoding


def main(content: bytes) -> bytes:
    """Return the re-encoded picture, or why the file is refused."""
    try:
        image = recoding.recode(content)
    except recoding.Refused as refused:
        return json.dumps({"refused": str(refused)}).encode() + b"\n"
    head = {
        "kind": image.kind,
        "width": image.width,
        "height": image.height,
        "content_bytes": len(image.content),
    }
    return json.dumps(head).encode() + b"\n" + image.content + image.thumbnail
