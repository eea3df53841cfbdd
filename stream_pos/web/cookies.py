"""The Cookie header, read in linear time."""


def without_escapes(header: str) -> str:
    """Leave out the cookies that contain a backslash; none of ours does.

    Python before 3.11.10 takes quadratic time to read them: seconds for a header of 32 kB.
    """
    if "\\" not in header:
        return header
    return ";".join(part for part in header.split(";") if "\\" not in part)


def value(header: str, name: str) -> str:
    """Return the value of the last cookie of this name, as Django does; "" without one."""
    found = ""
    for part in header.split(";"):
        key, _, text = part.partition("=")
        if key.strip() == name:
            found = text.strip()
    return found
