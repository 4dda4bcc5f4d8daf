"""Ways in for a phone: an address as a QR code, and a short code to type."""

import secrets

import segno
from markupsafe import Markup

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""None that looks like another."""
_LENGTH = 6
_QUIET_ZONE = 4
"""So many blank modules around it, as the standard asks for."""


def short_code() -> str:
    """Return a new code that people can read out and type."""
    return "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))


def typed_code(text: str) -> str:
    """Return what was typed as a code has it: capitals, without blanks and dashes."""
    return "".join(letter for letter in text.upper() if letter in _LETTERS)


def qr(address: str) -> Markup:
    """Return an address as a QR code that fills its box."""
    drawn = segno.make(address, error="m", micro=False).svg_inline(
        border=_QUIET_ZONE, omitsize=True, svgclass="qr", lineclass=None, light="#fff"
    )
    # The address is inside as modules only; nothing of it is text.
    return Markup(drawn)  # noqa: S704
