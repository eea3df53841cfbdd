"""Text that databases can hold."""


def storable(text: str) -> str:
    """Return the text without NUL, and with half characters replaced: databases hold neither."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\0", "")
