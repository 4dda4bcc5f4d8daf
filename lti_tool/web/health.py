"""Whether the tool lives, and whether it can work."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError

from lti_tool.persistence import revision, workers
from lti_tool.persistence.session import EVERYWHERE
from lti_tool.web.tool import current_tool

health = Blueprint("health", __name__)


@health.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Say that the process answers."""
    return jsonify(status="ok")


@health.get("/readyz")
def readyz() -> ResponseReturnValue:
    """Say whether this process can serve, and whether a worker does what it leaves to do."""
    try:
        with current_tool().database.reading(EVERYWHERE) as session:
            connection = session.connection()
            if not revision.fits(connection):
                return jsonify(
                    status="unavailable",
                    database="ok",
                    revision=revision.present(connection),
                    wanted=revision.newest(),
                ), 503
            alive = workers.alive(session)
    except DBAPIError:
        return jsonify(status="unavailable", database="unreachable"), 503
    if not alive:
        return jsonify(status="degraded", database="ok", workers="none lives")
    return jsonify(status="ok", database="ok", workers=alive)
