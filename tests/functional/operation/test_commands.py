"""What operators type, right and wrong."""

import os
import shutil
import socket
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from lti_tool import cli
from lti_tool.courses.models import Course, ErasableText
from lti_tool.keys import KeyFolder
from lti_tool.lti.models import Deployment
from lti_tool.lti.registrations import put_registration
from lti_tool.operation import schema
from lti_tool.persistence import workers
from lti_tool.persistence.session import EVERYWHERE, Database
from lti_tool.settings import Settings
from tests.commands import Finished, call, environment, free_port, wait_until
from tests.conftest import DATA_KEY

PLATFORM = {
    "--name": "Moodle",
    "--issuer": "https://lms.example",
    "--client-id": "abc",
    "--auth-url": "https://lms.example/auth",
    "--token-url": "https://lms.example/token",
    "--jwks-url": "https://lms.example/jwks",
}


pytestmark = pytest.mark.sqlite


Type = Callable[..., Finished]


@pytest.fixture
def type_in(
    place: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Type:
    """Run a command in this process, which is quicker, with settings of its own."""

    def typing(*arguments: str, **settings: str) -> Finished:
        with monkeypatch.context() as patch:
            for name in [n for n in os.environ if n.startswith("LTI_TOOL_")]:
                patch.delenv(name)
            for name, value in environment(place, **settings).items():
                patch.setenv(name, value)
            capfd.readouterr()
            code = cli.answer(arguments)
        return Finished(arguments, code, *capfd.readouterr())

    return typing


def add_platform(type_in: Type, **changed: str) -> Finished:
    facts = PLATFORM | {f"--{k.replace('_', '-')}": v for k, v in changed.items()}
    return type_in(
        "platform", "add", *(word for fact in facts.items() for word in fact)
    )


def lives(database: Database) -> bool:
    with database.reading(EVERYWHERE) as session:
        return workers.alive(session) > 0


def refusal(done: Finished) -> str:
    """Return the one line with which a command refused."""
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.startswith("lti-tool: ")
    return done.stderr


WRONG = {
    "unknown command": ([], ["fly"], "No such command 'fly'"),
    "unknown option": ([], ["serve", "--fast"], "No such option '--fast'"),
    "unknown setting": (
        [("LTI_TOOL_COLOUR", "red")],
        ["doctor"],
        "LTI_TOOL_COLOUR is not a setting",
    ),
    "no base URL": (
        [("LTI_TOOL_BASE_URL", " ")],
        ["serve"],
        "LTI_TOOL_BASE_URL is missing",
    ),
    "base URL without https": (
        [("LTI_TOOL_BASE_URL", "http://tool.example")],
        ["serve"],
        "must begin with https://",
    ),
    "no secret in public": (
        [("LTI_TOOL_BASE_URL", "https://tool.example")],
        ["serve"],
        "_KEY is missing",
    ),
    "short secret": (
        [("LTI_TOOL_SECRET_KEY", "short")],
        ["serve"],
        "LTI_TOOL_SECRET_KEY is too short",
    ),
    "hops in words": (
        [("LTI_TOOL_PROXY_HOPS", "one")],
        ["serve"],
        "LTI_TOOL_PROXY_HOPS must be a number",
    ),
    "no network": (
        [("LTI_TOOL_PRIVATE_PLATFORMS", "10.0.0.0/99")],
        ["serve"],
        "must list networks",
    ),
    "no such file": (
        [("LTI_TOOL_CA_FILE", "/nowhere.pem")],
        ["serve"],
        "LTI_TOOL_CA_FILE names a file",
    ),
    "other database": (
        [("LTI_TOOL_DATABASE_URL", "mysql://h/x")],
        ["serve"],
        "must begin with sqlite:///",
    ),
    "unreadable database": (
        [("LTI_TOOL_DATABASE_URL", "postgresql+psycopg://u:secret@h:many/x")],
        ["serve"],
        "LTI_TOOL_DATABASE_URL cannot be read",
    ),
    "SQLite in no folder": (
        [("LTI_TOOL_DATABASE_URL", "sqlite:////nowhere/tool.sqlite")],
        ["database", "upgrade"],
        "cannot be reached: unable to open database file",
    ),
    "instance not writable": (
        [("LTI_TOOL_INSTANCE", "/proc/tool")],
        ["serve"],
        "cannot be used",
    ),
    "two web processes": (
        [],
        ["serve", "--workers", "2"],
        "SQLite has one web process",
    ),
    "address without port": (
        [],
        ["serve", "--bind", "localhost"],
        "--bind must be HOST:PORT",
    ),
    "port out of range": (
        [],
        ["serve", "--bind", "127.0.0.1:70000"],
        "--bind must be HOST:PORT",
    ),
    "equal ports": (
        [],
        ["run", "--port", "24001", "--lms-port", "24001"],
        "must differ",
    ),
    "platform over http": (
        [],
        [
            "platform",
            "add",
            *(
                w
                for f in (PLATFORM | {"--jwks-url": "http://lms.example/jwks"}).items()
                for w in f
            ),
        ],
        "--jwks-url must be an https address",
    ),
    "platform half described": (
        [],
        ["platform", "add", "--name", "Moodle"],
        "Missing option '--issuer'",
    ),
    "no such platform": ([], ["platform", "show", "7"], "There is no registration 7"),
    "nothing to set": ([], ["platform", "set", "7"], "Say what to change"),
    "no backup": (
        [],
        ["database", "restore", "/nowhere.sqlite"],
        "/nowhere.sqlite does not exist",
    ),
    "backup to no folder": (
        [],
        ["database", "backup", "/nowhere/b.sqlite"],
        "/nowhere does not exist",
    ),
}


@pytest.mark.parametrize(("settings", "arguments", "words"), WRONG.values(), ids=WRONG)
def test_what_cannot_work_is_refused_in_one_line(
    type_in: Type, settings: list[tuple[str, str]], arguments: list[str], words: str
) -> None:
    line = refusal(type_in(*arguments, **dict(settings)))

    assert words in line
    assert "secret" not in line


def test_a_closed_postgresql_port_is_named_without_the_password(
    place: Path, type_in: Type
) -> None:
    url = f"postgresql+psycopg://tool:geheim@127.0.0.1:{free_port()}/tool"

    line = refusal(type_in("serve", LTI_TOOL_DATABASE_URL=url))

    assert "cannot be reached" in line
    assert "geheim" not in line


def test_a_database_without_tables_is_refused_with_the_command_that_makes_them(
    tmp_path: Path, type_in: Type
) -> None:
    line = refusal(type_in("serve", LTI_TOOL_INSTANCE=str(tmp_path / "new")))

    assert "The database has no tables yet: run 'lti-tool database upgrade'" in line


def test_older_tables_are_refused_by_the_name_of_their_revision(
    place: Path, type_in: Type
) -> None:
    database = Database(f"sqlite:///{place / 'instance/lti_tool.sqlite'}", [DATA_KEY])
    schema.downgrade(database, "grades")
    database.close()

    line = refusal(type_in("serve"))

    assert (
        f"has the tables of revision “grades”, this version needs “{schema.newest()}”"
        in line
    )


@pytest.mark.usefixtures("secret_text")
def test_one_course_is_listed_as_one_course(type_in: Type) -> None:
    listed = type_in("platform", "list", LTI_TOOL_DATA_KEY=DATA_KEY).stdout

    assert "1 course, 0 people, 0 failed grades, never launched" in listed


def test_a_signing_key_that_others_can_read_is_refused(
    place: Path, type_in: Type
) -> None:
    assert type_in("keys", "rotate").returncode == 0
    file, _next = (place / "keys").glob("*.pem")
    file.chmod(0o644)

    line = refusal(type_in("serve"))

    assert f"chmod 600 {file}" in line


def test_a_taken_port_is_refused(place: Path, type_in: Type) -> None:
    with socket.create_server(("127.0.0.1", free_port())) as taken:
        port = taken.getsockname()[1]

        line = refusal(type_in("serve", "--bind", f"127.0.0.1:{port}"))

    assert f"Port {port} on 127.0.0.1 cannot be used" in line


def test_without_a_command_the_list_of_commands_is_shown(
    place: Path, type_in: Type
) -> None:
    done = type_in()

    assert done.returncode == 2
    assert "Commands:\n" in done.stderr


def test_a_platform_is_added_shown_changed_disabled_and_enabled(
    place: Path, type_in: Type
) -> None:
    added = add_platform(type_in, deployment_id="4")

    assert (added.returncode, added.stdout) == (0, "1\n")
    shown = type_in("platform", "show", "1").stdout
    assert "http://127.0.0.1:29999/lti/launch" in shown
    assert "4 (accepts only these)" in shown
    changed = type_in(
        "platform", "set", "1", "--contact", "Frau Muster", "--retention-months", "12"
    )
    assert "Frau Muster" in changed.stdout
    assert "retention_months" in changed.stdout
    assert type_in("platform", "disable", "1").returncode == 0
    assert "DISABLED" in type_in("platform", "list").stdout
    assert type_in("platform", "enable", "1").returncode == 0
    listed = type_in("platform", "list").stdout
    assert "DISABLED" not in listed
    assert "0 courses, 0 people, 0 failed grades, never launched" in listed


def test_hosts_of_services_and_a_wrong_address_are_corrected(type_in: Type) -> None:
    add_platform(type_in, service_host="school.example")
    assert "https://school.example" in type_in("platform", "show", "1").stdout

    hosts = ("--service-host", "a.example", "--service-host", "b.example:8443")
    changed = type_in(
        "platform", "set", "1", "--token-url", "https://x.example/t", *hosts
    )

    assert "https://a.example, https://b.example:8443" in changed.stdout
    assert "https://x.example/t" in changed.stdout
    assert "school.example" not in changed.stdout
    line = refusal(
        type_in("platform", "set", "1", "--service-host", "https://a.example/x")
    )
    assert "--service-host must be a host" in line
    line = refusal(type_in("platform", "set", "1", "--jwks-url", "http://x.example/j"))
    assert "--jwks-url must be an https address" in line


def test_a_rotation_publishes_first_and_signs_with_the_new_key_at_the_second_call(
    type_in: Type,
) -> None:
    first = type_in("keys", "rotate").stdout
    line = refusal(type_in("keys", "rotate"))
    second = type_in("keys", "rotate", "--now").stdout
    listed = type_in("keys", "list").stdout

    assert "is published" in first
    assert "platforms may not have fetched it. Run this again from" in line
    assert "may refuse grades and lists of members" in second
    assert "signs now; the old key stays published for 14 days" in second
    assert "  lti  active  since " in listed
    assert "  lti  retired  since " in listed
    assert "published until a rotation after" in listed


def test_a_rotation_to_a_key_that_is_not_here_is_refused(
    place: Path, type_in: Type
) -> None:
    type_in("keys", "rotate")
    shutil.rmtree(place / "keys")

    line = refusal(type_in("keys", "rotate"))

    assert "is missing: copy it from the machine or backup that made it" in line


def test_a_backup_does_not_wait_for_somebody_who_writes(
    place: Path, type_in: Type
) -> None:
    writer = sqlite3.connect(place / "instance/lti_tool.sqlite", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")

    saved = type_in("database", "backup", str(place / "backup.sqlite"))

    writer.close()
    assert saved.returncode == 0, saved.stderr


def test_a_version_plans_backs_up_and_upgrades_older_tables(
    place: Path, type_in: Type
) -> None:
    database = Database(f"sqlite:///{place / 'instance/lti_tool.sqlite'}", [DATA_KEY])
    schema.downgrade(database, "grades")
    database.close()

    plan = type_in("database", "upgrade", "--plan")
    saved = type_in("database", "backup", str(place / "backup.sqlite"))
    upgraded = type_in("database", "upgrade")
    again = type_in("database", "upgrade")

    assert (plan.returncode, saved.returncode) == (0, 0), saved.stderr
    assert "stop web and worker first" in plan.stdout
    assert f"has the tables of revision “{schema.newest()}” now." in upgraded.stdout
    assert "Nothing to do: the tables fit this version." in again.stdout


def test_a_file_that_is_no_backup_is_not_restored(place: Path, type_in: Type) -> None:
    (place / "letter.sqlite").write_text("Dear database")

    line = refusal(
        type_in(
            "database",
            "restore",
            str(place / "letter.sqlite"),
            LTI_TOOL_INSTANCE=str(place / "new"),
        )
    )

    assert "is not a database" in line
    assert not (place / "new/lti_tool.sqlite").exists()


def test_doctor_shows_every_setting_and_no_secret(place: Path, type_in: Type) -> None:
    done = type_in("doctor", LTI_TOOL_SECRET_KEY="a-rather-secret-key")

    assert f"LTI_TOOL_KEYS              {place / 'keys'}" in done.stdout
    assert "LTI_TOOL_SECRET_KEY        set (not shown)" in done.stdout
    assert "a-rather-secret-key" not in done.stdout
    assert "No platform is registered" in done.stdout
    assert done.returncode == 1


def test_doctor_names_the_platform_that_cannot_be_reached(
    place: Path, type_in: Type
) -> None:
    url = f"http://127.0.0.1:{free_port()}/jwks"
    add_platform(type_in, name="Sleeping LMS", jwks_url=url)

    blocked = type_in("doctor")
    asleep = type_in("doctor", LTI_TOOL_PRIVATE_PLATFORMS="127.0.0.0/8")

    assert "BAD  Sleeping LMS: its keys cannot be fetched" in blocked.stdout
    assert "its address is private: see LTI_TOOL_PRIVATE_PLATFORMS" in blocked.stdout
    assert "no connection" in asleep.stdout
    assert (blocked.returncode, asleep.returncode) == (1, 1)


def test_doctor_is_content_with_a_worker_and_a_platform_that_answers_with_its_keys(
    place: Path, type_in: Type, practice_lms: str
) -> None:
    add_platform(type_in, name="Practice", jwks_url=f"{practice_lms}/jwks")
    database = Database(f"sqlite:///{place / 'instance/lti_tool.sqlite'}", [DATA_KEY])

    with workers.beating(database):
        wait_until(lambda: lives(database))
        done = type_in("doctor", LTI_TOOL_PRIVATE_PLATFORMS="127.0.0.0/8,::1/128")
    database.close()

    assert "ok   Workers that live: 1." in done.stdout
    assert "ok   Practice answers with its keys." in done.stdout
    assert "ok   The clock agrees with that of Practice." in done.stdout
    assert done.returncode == 0


def test_doctor_names_a_key_that_others_can_read(place: Path, type_in: Type) -> None:
    kid, _jwk = KeyFolder(place / "keys").make()
    (place / f"keys/{kid}.pem").chmod(0o640)

    done = type_in("doctor")

    assert f"BAD  {place}/keys/{kid}.pem can be read by others" in done.stdout
    assert done.returncode == 1


# A data key that does not fit


STARTS = {
    "run": ("run", "--port", "24003", "--lms-port", "24004"),
    "serve": ("serve", "--bind", "127.0.0.1:24003"),
    "worker": ("worker",),
}


@pytest.fixture
def secret_text(place: Path) -> None:
    """A text that lies encrypted in the database; its key is in no file."""
    write(place, LTI_TOOL_DATA_KEY=DATA_KEY)


def write(place: Path, **settings: str) -> None:
    """Store a text as a participant does, with the data key of some settings."""
    found = Settings.from_environ(environment(place, **settings))
    database = Database(found.database_url, found.data_keys)
    with database.transaction(EVERYWHERE) as session:
        registration = put_registration(
            session, **{k.strip("-").replace("-", "_"): v for k, v in PLATFORM.items()}
        )
        session.flush()
        deployment = Deployment(registration_id=registration.id, deployment_id="1")
        session.add(deployment)
        session.flush()
        course = Course(deployment_id=deployment.id, context_id="c", title="C")
        session.add(course)
        session.flush()
        session.add(ErasableText(course_id=course.id, text="confided", commitment="c"))
    database.close()


@pytest.mark.parametrize("words", STARTS.values(), ids=STARTS)
@pytest.mark.usefixtures("secret_text")
def test_no_new_data_key_is_made_beside_encrypted_texts(
    place: Path, words: tuple[str, ...]
) -> None:
    line = refusal(call(environment(place), *words))

    assert f"{place}/instance/data_key is missing" in line
    assert "put it back from a backup, or set LTI_TOOL_DATA_KEY" in line
    assert not (place / "instance/data_key").exists()


@pytest.mark.parametrize("words", STARTS.values(), ids=STARTS)
@pytest.mark.usefixtures("secret_text")
def test_a_start_with_another_data_key_is_refused_by_the_name_of_what_holds_it(
    place: Path, words: tuple[str, ...]
) -> None:
    other = environment(place, LTI_TOOL_DATA_KEY="another-key-of-the-tests")
    by_setting = refusal(call(other, *words))
    file = place / "instance/data_key"
    file.write_text("another-key-of-the-tests")
    file.chmod(0o600)
    by_file = refusal(call(environment(place), *words))

    assert "lti-tool: LTI_TOOL_DATA_KEY does not fit the texts" in by_setting
    assert f"lti-tool: {file} does not fit the texts" in by_file
    assert "put back the key with which they were encrypted" in by_file


def test_a_key_that_was_made_at_the_first_start_is_missed_too(
    place: Path, type_in: Type
) -> None:
    write(place)
    file = place / "instance/data_key"
    assert "ok   The data key opens the encrypted texts" in type_in("doctor").stdout

    file.rename(place / "data_key")

    assert f"{file} is missing" in refusal(type_in("serve"))
    assert f"{file} is missing" in refusal(type_in("doctor"))


@pytest.mark.usefixtures("secret_text")
def test_doctor_opens_a_stored_text_with_any_of_the_data_keys(type_in: Type) -> None:
    other = "another-key-of-the-tests"

    rotated = type_in("doctor", LTI_TOOL_DATA_KEY=f"{other},{DATA_KEY}")
    wrong = type_in("doctor", LTI_TOOL_DATA_KEY=other)

    assert "ok   The data key opens the encrypted texts" in rotated.stdout
    assert "BAD  LTI_TOOL_DATA_KEY does not fit the texts" in wrong.stdout


def test_doctor_says_that_there_is_no_encrypted_text_yet(type_in: Type) -> None:
    assert "ok   No text is encrypted yet." in type_in("doctor").stdout


def test_a_code_of_which_nothing_is_known_is_said_to_be_so(type_in: Type) -> None:
    done = type_in("trace", "0123456789abcdef")

    assert done.stdout.startswith("Nothing is known of this code")
    assert done.returncode == 1


def test_a_process_refuses_with_exit_code_2_and_one_line(place: Path) -> None:
    wrong_setting = call(
        environment(place, LTI_TOOL_BASE_URL="http://tool.example"), "serve"
    )
    wrong_word = call(environment(place), "fly")

    assert "must begin with https://" in refusal(wrong_setting)
    assert "No such command" in refusal(wrong_word)
