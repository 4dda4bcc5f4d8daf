"""Whatever happens, and however much is logged, no log holds a token, a name or a cookie."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
import structlog

from lti_tool import logs
from lti_tool.courses import roster
from lti_tool.courses.models import Person
from lti_tool.lti.models import Registration, TokenCache
from lti_tool.persistence.session import EVERYWHERE, Database
from lti_tool.practice_lms.lms import PracticeLMS
from tests.functional.gradebook.course import GradedCourse
from tests.functional.registration.conftest import Administrator
from tests.signing_platform import CLAIM, SigningPlatform, Visitor

Arrive = Callable[..., Visitor]
SESSKEY = "sEsSkEyOfMoodle"
RETURN_URL = f"https://lms.example/mod/lti/return.php?sesskey={SESSKEY}"


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """Everything that is logged from now on, by everybody and at every level."""
    written = io.StringIO()
    root = logging.getLogger()
    before = {root: root.level}
    handlers = root.handlers[:]
    root.handlers.clear()
    logs.configure(written)
    root.handlers[0].setLevel(logging.DEBUG)
    for logger in (root, *map(logging.getLogger, root.manager.loggerDict)):
        before.setdefault(logger, logger.level)
        logger.setLevel(logging.DEBUG)
    yield written
    structlog.reset_defaults()
    root.handlers[:] = handlers
    for logger, level in before.items():
        logger.setLevel(level)


def people(database: Database) -> Iterator[str]:
    """Give what nobody may find in a log about people, and the access tokens."""
    with database.reading(EVERYWHERE) as session:
        for name, email in session.execute(sa.select(Person.name, Person.email)):
            yield from filter(None, (name, email))
        yield from session.scalars(sa.select(TokenCache.token))


def cookies(visitor: Visitor) -> Iterator[str]:
    stored = visitor.client.get_cookie("__Host-lti-tool", "localhost")
    assert stored is not None
    yield stored.value
    yield visitor.code()


def assert_silent(written: io.StringIO, secrets: Any) -> None:
    text = written.getvalue()
    found = [secret for secret in secrets if secret in text]
    assert found == []
    # Every token that is signed begins like this.
    assert "eyJ" not in text
    for line in text.splitlines():
        json.loads(line)


def test_of_launches_good_and_bad_no_token_name_or_cookie_is_logged(
    logged: io.StringIO, platform: SigningPlatform, database: Database
) -> None:
    client = platform.app.test_client()
    told = {
        f"{CLAIM}launch_presentation": {"locale": "en", "return_url": RETURN_URL},
        "name": "Geheime Person",
        "email": "geheim@example.org",
    }
    good = platform.launch(client, platform.claims() | told)
    visitor = Visitor(client, "/".join(good.location.split("/")[:3]) + "/")
    state, nonce = platform.login(client)
    token = platform.sign({**platform.claims(), **told, "nonce": nonce})
    form = {"state": state, "id_token": token}
    for sent in (
        {**form, "id_token": token[:-4] + "AAAA"},
        form,
        form,
        {"state": state, "error": "access_denied", "error_description": "geheim"},
    ):
        client.post("/lti/launch", data=sent)
    client.post("/lti/login", data={"iss": "https://geheim.example"})
    client.get("/l/geheim/")
    client.post(f"{visitor.home}language", data={"language": "geheim"})

    assert '"reason": "signature_wrong"' in logged.getvalue()
    assert '"reason": "state_used"' in logged.getvalue()
    secrets = [state, nonce, SESSKEY, "geheim", visitor.session_id]
    assert_silent(logged, [*secrets, *people(database), *cookies(visitor)])


def test_of_rosters_and_grades_no_token_or_name_is_logged(
    logged: io.StringIO, course: GradedCourse
) -> None:
    course.enter("3")
    course.enter("11")
    tool = course.tool
    course.want("11", 1.0, "Geheime Rückmeldung")
    assert roster.fetch_due(tool.database, tool.connector) == 1
    assert course.deliver() == 1
    assert course.state("11") == ("sent", "delivered")
    with tool.database.transaction(EVERYWHERE) as session:
        session.execute(sa.delete(TokenCache))
        session.scalars(sa.select(Registration)).one().client_id = "other-client"
    course.want("11", 0.5, "Geheime Rückmeldung")
    course.deliver()

    assert course.attempts()[-1] == "token_refused"
    assert '"active"' in logged.getvalue()
    secrets = ["Geheim", "client_assertion", *people(tool.database)]
    assert len(secrets) > 20
    assert_silent(logged, secrets)


def test_of_a_registration_no_token_is_logged(
    logged: io.StringIO, served_tool: Any, lms: PracticeLMS, database: Database
) -> None:
    admin = Administrator(served_tool, lms, database)
    secret = admin.invited()
    parameters = admin.parameters(secret)

    admin.registers(secret)
    admin.opens(secret)

    with database.reading(EVERYWHERE) as session:
        assert session.scalars(sa.select(Registration)).all() != []
    assert_silent(logged, [secret, parameters["registration_token"]])


def test_of_an_error_only_kind_and_place_are_logged(
    logged: io.StringIO, arrive: Arrive, database: Database
) -> None:
    mia = arrive("7", name="Geheime Person")
    chosen = {"region": "", "network_kind": "", "employer_kind": "", "experience": ""}
    form = {
        "csrf_token": mia.code(),
        "network": "Geheimes Netzwerk",
        "question": "Geheime Frage",
        **chosen,
    }
    with database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE profile")

    answer = mia.client.post(f"{mia.home}profiles/mine", data=form)

    assert answer.status_code == 500
    assert_silent(logged, ["Geheim", *people(database)])
    [line] = [json.loads(o) for o in logged.getvalue().splitlines() if '"failed"' in o]
    assert line["error"] in {"OperationalError", "ProgrammingError"}
    assert line["trace_id"] in answer.text
    assert any("lti_tool/courses/profiles.py" in place for place in line["places"])


def test_of_an_error_of_the_worker_only_kind_and_place_are_logged(
    logged: io.StringIO, course: GradedCourse
) -> None:
    course.enter("3")
    course.enter("11")
    course.want("11", 1.0, "Geheime Rückmeldung")
    with course.tool.database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE token_cache")

    course.deliver()

    written = logged.getvalue().splitlines()
    [line] = [json.loads(one) for one in written if "delivery failed" in one]
    assert any("lti_tool/lti/connector.py" in place for place in line["places"])
    assert "no such table" not in logged.getvalue()
    assert "Geheim" not in logged.getvalue()


def _fail() -> None:
    raise ValueError("geheim") from KeyError("auch geheim")


def test_what_a_library_says_is_logged_without_its_values(logged: io.StringIO) -> None:
    try:
        _fail()
    except ValueError:
        logging.getLogger("urllib3").warning("Failed: %s", "geheim", exc_info=True)
        structlog.get_logger().exception("failed", thing=object())

    assert_silent(logged, ["geheim"])
    first, second = map(json.loads, logged.getvalue().splitlines())
    assert first["event"] == "Failed: %s"
    for line in (first, second):
        assert line["places"][0] == "KeyError"
        assert line["places"][-1] == "ValueError"
        assert "test_nothing_leaks.py" in line["places"][1]
    assert second["thing"] == "object"


def test_only_warnings_of_libraries_are_written_in_life(logged: io.StringIO) -> None:
    logging.getLogger().handlers.clear()
    logs.configure(logged)

    logging.getLogger("sqlalchemy").info("a row")
    logging.getLogger("urllib3").warning("a fault")

    assert [json.loads(o)["event"] for o in logged.getvalue().splitlines()] == [
        "a fault"
    ]
