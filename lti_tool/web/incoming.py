"""What a browser sends, made fit for the database before any page sees it."""

from functools import cached_property
from typing import TYPE_CHECKING

from flask import Flask, Request, request
from typing_extensions import override
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.routing import IntegerConverter, UnicodeConverter
from werkzeug.routing.map import Map
from wtforms import Field, Form, ValidationError

from lti_tool.i18n import gettext as _

if TYPE_CHECKING:
    from datetime import date

LARGEST_ID = 2**31 - 1
_FIRST_YEAR, _LAST_YEAR = 2000, 2100
BELOW_LAUNCH = "/l/"
_DOORWAY = "/lti/"
_LARGEST_MESSAGE = 256 * 1024
"""Bytes for what arrives at the doorway, where everybody may send."""


class CleanRequest(Request):
    """A request whose texts lack the character that PostgreSQL cannot store, NUL.

    Login and launch see everything as it was sent, for they refuse what is odd.
    """

    @cached_property
    @override
    def form(self) -> ImmutableMultiDict[str, str]:
        """Return the fields of the form, without NUL."""
        return self._cleaned(super().form)

    @cached_property
    @override
    def args(self) -> MultiDict[str, str]:
        """Return the parameters of the address, without NUL."""
        return self._cleaned(super().args)

    def _cleaned(self, sent: MultiDict[str, str]) -> ImmutableMultiDict[str, str]:
        if not self.path.startswith(BELOW_LAUNCH):
            return ImmutableMultiDict(sent)
        return ImmutableMultiDict(
            (name.replace("\0", ""), value.replace("\0", ""))
            for name, value in sent.items(multi=True)
        )


class IdConverter(IntegerConverter):
    """A number in an address that can be the id of a row; for others there is no page."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=LARGEST_ID)


class TextConverter(UnicodeConverter):
    """A part of an address that can be looked up in the database."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map)
        self.regex = r"[^/\x00]+"


def register(app: Flask) -> None:
    """Let the app receive nothing that its database cannot take."""
    app.request_class = CleanRequest
    app.before_request(_limit_doorway)
    app.url_map.converters.update(
        int=IdConverter, string=TextConverter, default=TextConverter
    )


def _limit_doorway() -> None:
    if request.path.startswith(_DOORWAY):
        request.max_content_length = _LARGEST_MESSAGE


def is_id(text: str) -> bool:
    """Tell whether a text can be the id of a row."""
    return text.isdecimal() and len(text) <= len(str(LARGEST_ID))


def usual_year(_form: Form, field: Field) -> None:
    """Refuse a day that no course can have; calendars and time zones fail at their ends."""
    day: date | None = field.data
    if day is not None and not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise ValidationError(_("Please enter a year from 2000 to 2100."))
