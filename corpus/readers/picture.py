"""Pages of PDF files as pictures."""

from io import BytesIO
from pathlib import Path

from corpus.extracted import Picture
from corpus.readers import pdf

_WIDTH = 1400
_HEIGHT = 4 * _WIDTH
"""Pixels; what is longer becomes narrower."""


def drawn(path: Path, number: int) -> Picture:
    """Return a page of a PDF file, counted from 1. Raises Refused (encrypted, unreadable)."""
    with pdf.opened(path) as file:
        pages = len(file)
        if not 1 <= number <= pages:
            return Picture(pages, None)
        page = file[number - 1]
        width, height = page.get_size()
        image = page.render(scale=min(_WIDTH / width, _HEIGHT / height)).to_pil()
        png = BytesIO()
        image.save(png, "PNG")
    return Picture(pages, png.getvalue())
