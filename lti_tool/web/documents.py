"""The documents that ship with the tool, and the pages without a launch."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import markdown
from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from sqlalchemy import select

from lti_tool.errors import NotFoundError
from lti_tool.i18n import LANGUAGES, spoken
from lti_tool.lti.models import Registration
from lti_tool.persistence.session import EVERYWHERE
from lti_tool.resources import document_dir
from lti_tool.web.tool import current_tool

documents = Blueprint("documents", __name__)

_OTHER: Mapping[str, str] = dict(zip(LANGUAGES, reversed(LANGUAGES), strict=True))
_LINK = re.compile(r'(?<=href=")([a-z]+)(?="|#)')
"""A link from one document to another is its bare name."""


@dataclass(frozen=True, slots=True)
class Provider:
    """Who runs courses here, as the operator entered it for a platform."""

    name: str
    contact: str | None
    imprint: str | None


@documents.get("/")
def front() -> ResponseReturnValue:
    """Say what this is to somebody who found the address."""
    return render_template("front.html", base_url=current_tool().settings.base_url)


@documents.get("/docs/")
@documents.get("/docs/<name>")
def document(name: str = "index") -> ResponseReturnValue:
    """Show one of the documents, in the reader's language."""
    file = document_dir() / f"{name}.{get_locale()}.md"
    if not re.fullmatch(r"[a-z]+", name) or not file.is_file():
        raise NotFoundError
    text = file.read_text(encoding="utf-8")
    html = markdown.markdown(
        text, extensions=["tables", "fenced_code", "toc", "sane_lists"]
    )
    return render_template(
        "document.html",
        title=text.partition("\n")[0].lstrip("# "),
        html=_LINK.sub(rf"\1?lang={get_locale()}", html),
        other=url_for(".document", name=name, lang=_OTHER[str(get_locale())]),
        providers=_providers() if name == "imprint" else [],
    )


@documents.get("/privacy")
def privacy() -> ResponseReturnValue:
    """Lead to what the tool stores and why."""
    return _lead_to("privacy")


@documents.get("/accessibility")
def accessibility() -> ResponseReturnValue:
    """Lead to the accessibility statement."""
    return _lead_to("accessibility")


@documents.get("/imprint")
def imprint() -> ResponseReturnValue:
    """Lead to who runs this installation."""
    return _lead_to("imprint")


def _lead_to(name: str) -> ResponseReturnValue:
    return redirect(
        url_for(".document", name=name, lang=spoken(request.args.get("lang")))
    )


def _providers() -> list[Provider]:
    """Return the providers that the operator named for the public: those with an imprint or contact."""
    with current_tool().database.reading(EVERYWHERE) as session:
        found = session.scalars(
            select(Registration).where(Registration.enabled).order_by(Registration.name)
        ).all()
    named = [(r.name, r.provider or {}) for r in found]
    return [
        Provider(
            facts.get("sender") or name, facts.get("contact"), facts.get("imprint")
        )
        for name, facts in named
        if facts.get("imprint") or facts.get("contact")
    ]
