"""Titles that the tool itself gives proposals: stored as codes, named in the reader's language."""

from lti_tool.i18n import gettext as _
from lti_tool.i18n import lazy_gettext as _l

_SIGN = "="
"""What a stored code begins with; all else is what a lead wrote."""
WORDS = {
    "as_chosen": _l("As chosen"),
    "rest_filled": _l("As chosen, the rest filled"),
    "by_hand": _l("Placed by hand"),
    "nobody": _l("Move nobody else if possible"),
    "few": _l("Few moves"),
    "some": _l("Some moves"),
    "best": _l("Best groups again"),
}
_VERSION = "version"


def given(code: str) -> str:
    """Return what is stored of a title that the tool gives; ``code`` is one of ``WORDS``."""
    return f"{_SIGN}{code}"


def of_version(number: int) -> str:
    """Return what is stored of the title of what was published as this version."""
    return f"{_SIGN}{_VERSION} {number}"


def shown(stored: str | None) -> str:
    """Return a stored title in the reader's language."""
    if stored is None or not stored.startswith(_SIGN):
        return stored or ""
    code, _space, number = stored.removeprefix(_SIGN).partition(" ")
    if code == _VERSION:
        return _("As published: version %(number)s", number=number)
    return str(WORDS[code]) if code in WORDS else stored
