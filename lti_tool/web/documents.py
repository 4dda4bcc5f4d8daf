"""The documents that ship with the tool, and the pages without a launch."""

import re

import markdown
from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from lti_tool.errors import NotFoundError
from lti_tool.resources import document_dir
from lti_tool.web.tool import current_tool

documents = Blueprint("documents", __name__)


@documents.get("/")
def front() -> ResponseReturnValue:
    """Say what this is to somebody who found the address."""
    return render_template("front.html", base_url=current_tool().settings.base_url)


@documents.get("/docs/")
@documents.get("/docs/<name>")
def document(name: str = "index") -> ResponseReturnValue:
    """Show one of the documents, in the reader's language where there is one."""
    if not re.fullmatch(r"[a-z-]+", name):
        raise NotFoundError
    candidates = [
        document_dir() / f"{name}.{get_locale()}.md",
        document_dir() / f"{name}.en.md",
    ]
    file = next((c for c in candidates if c.is_file()), None)
    if file is None:
        raise NotFoundError
    text = file.read_text()
    html = markdown.markdown(text, extensions=["tables", "fenced_code", "toc"])
    title = text.partition("\n")[0].lstrip("# ")
    return render_template("document.html", title=title, html=html)


@documents.get("/privacy")
def privacy() -> ResponseReturnValue:
    """Lead to what the tool stores and why."""
    return redirect(url_for("documents.document", name="privacy"))


@documents.get("/accessibility")
def accessibility() -> ResponseReturnValue:
    """Lead to the accessibility statement."""
    return redirect(url_for("documents.document", name="accessibility"))


@documents.get("/imprint")
def imprint() -> ResponseReturnValue:
    """Lead to who runs this installation."""
    return redirect(url_for("documents.document", name="imprint"))
