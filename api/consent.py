"""What a visitor's browser says about being counted."""


def objects(headers: dict[bytes, bytes]) -> bool:
    """Do Not Track, and Global Privacy Control: a visitor's browser says so for them."""
    return b"1" in (headers.get(b"dnt"), headers.get(b"sec-gpc"))
