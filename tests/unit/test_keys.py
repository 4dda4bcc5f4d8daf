"""Signing keys: one at the first start, kept from others, published before they sign."""

import multiprocessing
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import jwt
import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import rsa

from lti_tool import clock, keys
from lti_tool.errors import SettingError
from lti_tool.keys import Key, KeyFolder
from lti_tool.persistence.session import EVERYWHERE, Database

DATA_KEY = "data-key-for-tests-only"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Smaller keys, which are made sooner."""
    monkeypatch.setattr(keys, "_BITS", 2048)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url, [DATA_KEY])
    yield database
    database.close()


@pytest.fixture
def folder(tmp_path: Path, quick: None) -> KeyFolder:
    return KeyFolder(tmp_path / "keys")


@pytest.fixture
def kid(database: Database, folder: KeyFolder) -> str:
    """The key of the first start."""
    return keys.ensure_active(database, folder)


def test_the_first_start_makes_a_key_that_others_cannot_read(
    folder: KeyFolder, kid: str
) -> None:
    (file,) = folder.folder.iterdir()

    assert file.name == f"{kid}.pem"
    assert (file.stat().st_mode & 0o777, folder.folder.stat().st_mode & 0o777) == (
        0o600,
        0o700,
    )


def test_a_later_start_finds_it(
    database: Database, folder: KeyFolder, kid: str
) -> None:
    assert keys.ensure_active(database, folder) == kid
    assert len(list(folder.folder.iterdir())) == 1


def test_the_strength_is_3072_bits() -> None:
    assert keys._BITS == 3072


def _start(arguments: tuple[str, str]) -> str:
    url, place = arguments
    keys._BITS = 2048
    database = Database(url, [DATA_KEY])
    made = keys.ensure_active(database, KeyFolder(Path(place)))
    database.close()
    return made


def test_twelve_processes_at_the_first_start_make_one_key(
    database_url: str, database: Database, tmp_path: Path
) -> None:
    place = tmp_path / "keys"
    context = multiprocessing.get_context("spawn")
    with context.Pool(12) as pool:
        made = pool.map(_start, [(database_url, str(place))] * 12, chunksize=1)

    assert len(set(made)) == 1
    with database.reading(EVERYWHERE) as session:
        assert session.scalars(sa.select(Key.kid)).all() == [made[0]]
    assert [file.name for file in place.iterdir()] == [f"{made[0]}.pem"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o666])
def test_a_key_that_others_can_read_is_refused(
    database: Database, folder: KeyFolder, kid: str, mode: int
) -> None:
    file = folder.folder / f"{kid}.pem"
    file.chmod(mode)

    with pytest.raises(SettingError) as caught:
        keys.ensure_active(database, folder)

    assert caught.value.line == f"{file} can be read by others: run 'chmod 600 {file}'."


def test_a_missing_key_is_named(
    database: Database, folder: KeyFolder, kid: str
) -> None:
    file = folder.folder / f"{kid}.pem"
    file.unlink()

    with pytest.raises(SettingError, check=lambda error: kid in error.line):
        keys.ensure_active(database, folder)
    assert not file.exists()


@pytest.mark.parametrize(
    "content", [b"", b"nonsense", b"-----BEGIN " + b"PRIVATE KEY-----\n"]
)
def test_a_damaged_key_is_named(
    database: Database, folder: KeyFolder, kid: str, content: bytes
) -> None:
    (folder.folder / f"{kid}.pem").write_bytes(content)

    with pytest.raises(SettingError, check=lambda error: kid in error.line):
        keys.ensure_active(database, folder)


def test_another_key_under_its_name_is_refused(folder: KeyFolder, kid: str) -> None:
    other, _ = folder.make()
    (folder.folder / f"{other}.pem").rename(folder.folder / f"{kid}.pem")

    with pytest.raises(SettingError, check=lambda error: kid in error.line):
        folder.load(kid)


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("")

    with pytest.raises(SettingError, check=lambda error: "LTI_TOOL_KEYS" in error.line):
        KeyFolder(tmp_path / "keys").make()


def published(database: Database) -> list[str]:
    with database.reading(EVERYWHERE) as session:
        return [key["kid"] for key in keys.published(session)["keys"]]


def rotate(
    database: Database, folder: KeyFolder, *, is_early: bool = True
) -> tuple[str, str]:
    done = keys.rotate(database, folder, is_early=is_early)
    return done.step, done.kid


@pytest.fixture
def wait(database: Database) -> Callable[[timedelta], None]:
    """Let time pass for the keys."""

    def waiting(span: timedelta) -> None:
        with database.transaction(EVERYWHERE) as session:
            for key in keys.listed(session):
                key.state_since -= span

    return waiting


def active(database: Database) -> str | None:
    with database.reading(EVERYWHERE) as session:
        return keys.active_kid(session)


def test_a_new_key_is_published_before_it_signs(
    database: Database, folder: KeyFolder, kid: str
) -> None:
    step, new = rotate(database, folder)

    assert (step, active(database)) == ("published", kid)
    assert published(database) == [kid, new]

    assert rotate(database, folder) == ("active", new)

    assert active(database) == new
    assert published(database) == [kid, new]


def test_the_new_key_does_not_sign_before_platforms_had_a_day_to_fetch_it(
    database: Database,
    folder: KeyFolder,
    kid: str,
    wait: Callable[[timedelta], None],
) -> None:
    _, new = rotate(database, folder, is_early=False)
    wait(timedelta(hours=23, minutes=59))

    with pytest.raises(SettingError, check=lambda error: "--now" in error.line):
        rotate(database, folder, is_early=False)
    assert active(database) == kid

    wait(timedelta(minutes=1))
    assert rotate(database, folder, is_early=False) == ("active", new)
    assert active(database) == new


def test_a_token_of_the_retired_key_verifies_for_two_weeks(
    database: Database,
    folder: KeyFolder,
    kid: str,
    wait: Callable[[timedelta], None],
) -> None:
    token = jwt.encode({"a": 1}, folder.load(kid), "RS256", headers={"kid": kid})
    rotate(database, folder)
    rotate(database, folder)
    wait(timedelta(days=13, hours=23))
    rotate(database, folder)

    with database.reading(EVERYWHERE) as session:
        shown = jwt.PyJWKSet.from_dict(keys.published(session))
    assert jwt.decode(token, shown[kid], algorithms=["RS256"]) == {"a": 1}

    wait(timedelta(hours=1))
    done = keys.rotate(database, folder, is_early=True)

    assert done.removed == (kid,)
    assert kid not in published(database)
    assert not (folder.folder / f"{kid}.pem").exists()
    # A key id is never used again, so it is remembered.
    with database.reading(EVERYWHERE) as session:
        assert [key.state for key in keys.listed(session)] == [
            "removed",
            "retired",
            "active",
        ]


def test_keys_of_credentials_are_apart_and_never_removed(
    database: Database,
    folder: KeyFolder,
    kid: str,
    wait: Callable[[timedelta], None],
) -> None:
    with database.transaction(EVERYWHERE) as session:
        for state in ("retired", "active"):
            other, jwk = folder.make()
            facts = {"use": "credential", "state": state, "state_since": clock.now()}
            session.add(Key(kid=other, public_jwk=jwk, **facts))
    wait(timedelta(days=5000))

    assert published(database) == [kid]
    rotate(database, folder)
    rotate(database, folder)

    with database.reading(EVERYWHERE) as session:
        kept = [k.state for k in keys.listed(session) if k.use == "credential"]
    assert sorted(kept) == ["active", "retired"]
    assert len(list(folder.folder.glob("*.pem"))) == 4


def test_two_rotations_at_once_publish_one_key(
    database: Database, folder: KeyFolder, kid: str
) -> None:
    begin = threading.Barrier(2)

    def step(_: int) -> str:
        begin.wait()
        return keys._publish(database, folder)

    with ThreadPoolExecutor(2) as pool:
        made = set(pool.map(step, range(2)))

    assert len(made) == 1
    assert published(database) == [kid, *made]
    assert len(list(folder.folder.iterdir())) == 2


def test_a_lost_key_can_be_replaced(
    database: Database, folder: KeyFolder, kid: str
) -> None:
    (folder.folder / f"{kid}.pem").unlink()

    _, new = rotate(database, folder)
    rotate(database, folder)

    assert keys.ensure_active(database, folder) == new


def test_a_key_whose_file_is_missing_is_not_let_sign(
    database: Database, folder: KeyFolder, kid: str
) -> None:
    _, new = rotate(database, folder)
    (folder.folder / f"{new}.pem").unlink()

    with pytest.raises(SettingError, check=lambda error: new in error.line):
        rotate(database, folder)
    assert active(database) == kid


def test_the_database_permits_one_active_key(
    database: Database, folder: KeyFolder, kid: str
) -> None:
    second, jwk = folder.make()

    with (
        pytest.raises(sa.exc.IntegrityError),
        database.transaction(EVERYWHERE) as session,
    ):
        session.add(keys._key(second, jwk, "active"))
    assert active(database) == kid


def test_what_is_published_holds_nothing_private(
    database: Database, folder: KeyFolder, kid: str
) -> None:
    with database.reading(EVERYWHERE) as session:
        (shown,) = keys.published(session)["keys"]

    assert shown.keys() == {"kty", "n", "e", "kid", "alg", "use"}
    assert shown["kid"] == kid == keys.public_jwk(folder.load(kid))[0]


def test_the_key_id_is_the_thumbprint_of_rfc_7638() -> None:
    modulus = int.from_bytes(
        jwt.utils.base64url_decode(
            "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_"
            "BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_"
            "FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI"
            "4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
        ),
        "big",
    )

    class Example:
        def public_key(self) -> "Example":
            return self

        def public_numbers(self) -> rsa.RSAPublicNumbers:
            return rsa.RSAPublicNumbers(65537, modulus)

    assert (
        keys.public_jwk(Example())[0] == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    )  # type: ignore[arg-type]
