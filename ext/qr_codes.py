"""QR codes, drawn by segno."""


def qr_data_uri(text: str) -> str:
    """An SVG as a data: URI, black on white with its quiet zone, whatever the page's colours."""
    import segno  # noqa: PLC0415 - not at a worker's start

    made = segno.make(text, micro=False, error="m")
    return made.svg_data_uri(border=4, dark="#000", light="#fff", omitsize=True)
