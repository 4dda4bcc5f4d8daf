"""Nothing calls a platform but the one module whose calls are guarded."""

import ast
from pathlib import Path

import pytest
import requests

from lti_tool.lti import launch

pytestmark = pytest.mark.sqlite

PACKAGE = Path(launch.__file__).parents[1]
NETWORK = {"requests", "urllib3", "http.client", "urllib.request", "socket", "smtplib"}
# These talk to this machine only: what runs next to the tool, or what it is shown with.
NEARBY = {"practice_lms", "example_course", "operation"}


def imported(file: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, node.module.split(".")[0]}
    return found & NETWORK


def test_one_module_opens_connections() -> None:
    users = {
        str(file.relative_to(PACKAGE))
        for file in PACKAGE.rglob("*.py")
        if file.relative_to(PACKAGE).parts[0] not in NEARBY and imported(file)
    }

    # One looks names up; the other has a session that can send nothing.
    assert users == {"lti/http.py", "lti/addresses.py", "lti/launch.py"}


def test_the_session_that_the_library_is_given_can_send_nothing() -> None:
    with pytest.raises(requests.exceptions.InvalidSchema):
        launch._OFFLINE.get("https://lms.example/jwks")
