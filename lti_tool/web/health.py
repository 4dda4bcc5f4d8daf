"""Whether the tool lives, and whether it can work."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from lti_tool.persistence.session import EVERYWHERE
from lti_tool.web.tool import current_tool

health = Blueprint("health", __name__)


@health.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Say that the process answers."""
    return jsonify(status="ok")


@health.get("/readyz")
def readyz() -> ResponseReturnValue:
    """Say whether the database answers too."""
    try:
        with current_tool().database.reading(EVERYWHERE) as session:
            session.execute(text("SELECT 1"))
    except DBAPIError:
        return jsonify(status="unavailable", database="unreachable"), 503
    return jsonify(status="ok", database="ok")
