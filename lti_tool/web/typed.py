"""What was typed into a form that came too late, so that it can be copied and sent again."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import current_app, request
from flask import session as cookie
from flask_babel import LazyString
from flask_wtf import FlaskForm
from wtforms.fields import HiddenField, StringField
from wtforms.fields.core import UnboundField

from lti_tool.i18n import lazy_gettext as _l
from lti_tool.lti.addresses import origin
from lti_tool.web.tool import current_tool

_NOT_TYPED = frozenset({"csrf_token", "bearer"})
_MOST_FIELDS = 1000
_MOST_CHARACTERS = 500_000
_CHOICE = re.compile(r"[a-z0-9_.:-]*")
"""What stands behind a choice, a number or an id, and is nothing that a person wrote."""


@dataclass(frozen=True, slots=True)
class Text:
    """One text of a person, under the name that the form gave it."""

    label: str | LazyString
    text: str


@dataclass(frozen=True, slots=True)
class Typed:
    """A form as it was sent."""

    fields: tuple[tuple[str, str], ...]
    """All of it, to be sent again; empty where it cannot be."""
    texts: tuple[Text, ...]
    """What a person wrote, to be copied."""
    has_files: bool


def typed() -> Typed | None:
    """Return what this request brought from a form below /l/, or None for nothing.

    A form of another site is not shown: our page would carry its words, and a button for them.
    """
    is_within_visit = "launch" in (request.view_args or {})
    if request.method != "POST" or not is_within_visit or not _is_from_us():
        return None
    sent = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in _NOT_TYPED
    ]
    length = sum(len(name) + len(value) for name, value in sent)
    if not sent or len(sent) > _MOST_FIELDS or length > _MOST_CHARACTERS:
        return None
    has_files = any(file.filename for file in request.files.values())
    texts = tuple(_texts(sent))
    # Without its file a form would say something else, and a bearer is too old by then.
    can_go_again = not has_files and "browser" in cookie
    return Typed(
        fields=tuple(sent) if can_go_again else (),
        texts=texts,
        has_files=has_files,
    )


def _is_from_us() -> bool:
    """Tell whether the browser says that a page of ours sent the form."""
    sent_from = request.headers.get("Origin") or request.referrer or ""
    return origin(sent_from) == origin(current_tool().settings.base_url)


def _texts(sent: list[tuple[str, str]]) -> Iterator[Text]:
    known = _fields_of_form({name for name, _value in sent})
    for name, value in sent:
        field = known.get(name)
        if value.strip() and (_takes_text(field) if field else _is_written(value)):
            yield Text(_label(field) or _l("Your text"), value)


def _takes_text(field: Any) -> bool:
    return issubclass(field.field_class, StringField) and not issubclass(
        field.field_class, HiddenField
    )


def _is_written(value: str) -> bool:
    return _CHOICE.fullmatch(value) is None


def _label(field: Any) -> Any:
    return field and (field.kwargs.get("label") or next(iter(field.args), None))


def _fields_of_form(names: set[str]) -> Mapping[str, Any]:
    """Return the fields of the feature's form that fits best to what was sent."""
    pages = current_app.blueprints.get(request.blueprint or "")
    feature = pages.import_name.rpartition(".")[0] if pages else ""
    forms = [_fields(f) for f in _kinds(FlaskForm) if f.__module__.startswith(feature)]
    return max(forms, key=lambda fields: len(fields.keys() & names), default={})


def _kinds(form: Any) -> Iterator[Any]:
    for kind in form.__subclasses__():
        yield kind
        yield from _kinds(kind)


def _fields(form: Any) -> dict[str, Any]:
    found = {name: getattr(form, name) for name in dir(form) if name[0] != "_"}
    return {k: field for k, field in found.items() if isinstance(field, UnboundField)}
