"""The web process of the tool, with one page more: grades are wanted there over HTTP.

    python -m tests.chaos.web PORT COURSE_ID BEGUN

The page does what a feature does: it wants grades in one transaction, and answers after the
commit. Before the commit it touches the file BEGUN, so that one can tell when a request is there.
"""

import os
import sys
import time
from pathlib import Path

from flask import Flask, request
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from lti_tool.app import create_app
from lti_tool.gradebook import service
from lti_tool.jobs import Jobs
from lti_tool.settings import Settings
from tests.chaos.wanting import COLUMN

_PAUSE = 0.05
"""Seconds for which a transaction stays open, as one that does more would."""


def make(course_id: int, begun: Path) -> Flask:
    settings = Settings.from_environ(os.environ)
    app = create_app(settings, Jobs(settings).ring)
    database = app.extensions["lti_tool"].database

    def want() -> tuple[str, int]:
        with database.transaction(course_id) as session:
            for person_id, score in request.get_json():
                service.want(session, COLUMN, person_id, score)
            begun.touch()
            time.sleep(_PAUSE)
        return "", 204

    app.add_url_rule("/want", "want", want, methods=["POST"])
    app.extensions["csrf"].exempt(want)
    return app


if __name__ == "__main__":
    port, course, file = sys.argv[1:]
    Granian(
        "tests.chaos.web",
        address="127.0.0.1",
        port=int(port),
        interface=Interfaces.WSGI,
        blocking_threads=8,
        log_level=LogLevels.error,
    ).serve(target_loader=lambda _target: make(int(course), Path(file)))
