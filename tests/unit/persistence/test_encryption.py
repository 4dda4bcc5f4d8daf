"""Private texts lie encrypted, keys can be changed, and commitments do not tell the text."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.courses.models import ErasableText
from lti_tool.courses.texts import keep_text
from lti_tool.lti.models import LaunchSession
from lti_tool.persistence.session import EVERYWHERE, Database
from lti_tool.persistence.types import TextCipher, commitment, new_salt
from lti_tool.settings import Settings
from tests.signing_platform import Visitor

SECRET = "Die Bürgermeisterin blockiert das Netzwerk"


def course_of(database: Database) -> int:
    with database.reading(EVERYWHERE) as session:
        return session.scalars(sa.select(LaunchSession.course_id)).one()


def kept(database: Database) -> int:
    """Store the secret and return the id of its row."""
    with database.transaction(course_of(database)) as session:
        return keep_text(session, SECRET, person_id=None).id


def raw(database: Database) -> bytes:
    with database.engine.connect() as connection:
        return bytes(
            connection.execute(sa.text("SELECT text FROM erasable_text")).scalar_one()
        )


@pytest.mark.usefixtures("lead")
def test_the_bytes_in_the_database_do_not_hold_the_text(database: Database) -> None:
    kept(database)

    assert b"rgermeisterin" not in raw(database)
    with database.reading(EVERYWHERE) as session:
        assert session.scalars(sa.select(ErasableText.text)).all() == [SECRET]


@pytest.mark.usefixtures("lead")
def test_the_same_text_is_stored_differently_each_time(database: Database) -> None:
    kept(database)
    first = raw(database)
    with database.transaction(EVERYWHERE) as session:
        session.execute(sa.delete(ErasableText))
    kept(database)

    assert raw(database) != first


@pytest.mark.usefixtures("lead")
def test_after_a_new_data_key_old_texts_are_read_and_new_ones_use_it(
    database: Database, settings: Settings
) -> None:
    kept(database)
    url, old = settings.database_url, settings.data_keys[0]
    both = Database(url, ["the-new-data-key-of-tests", old])
    with both.transaction(EVERYWHERE) as session:
        row = session.scalars(sa.select(ErasableText)).one()
        assert row.text == SECRET
        row.text = SECRET + "!"
    new_only = Database(url, ["the-new-data-key-of-tests"])

    with new_only.reading(EVERYWHERE) as session:
        assert session.scalars(sa.select(ErasableText.text)).all() == [SECRET + "!"]
    both.close()
    new_only.close()


@pytest.mark.usefixtures("lead")
def test_a_wrong_data_key_is_named_as_such(
    database: Database, settings: Settings
) -> None:
    kept(database)
    wrong = Database(settings.database_url, ["another-key-of-the-tests"])

    with (
        pytest.raises(ValueError, match="LTI_TOOL_DATA_KEY"),
        wrong.reading(EVERYWHERE) as session,
    ):
        session.scalars(sa.select(ErasableText.text)).all()
    wrong.close()


@given(st.text(), st.text(min_size=16))
def test_what_is_encrypted_can_be_read_with_the_key_alone(text: str, key: str) -> None:
    if not _encodable(text + key):
        return
    cipher = TextCipher([key])

    assert (
        TextCipher(["an-other-key-in-front", key]).decrypt(cipher.encrypt(text)) == text
    )


def _encodable(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def test_a_commitment_binds_the_text_and_hides_it() -> None:
    salt = new_salt()

    assert commitment("no", salt) == commitment("no", salt)
    assert commitment("no", salt) != commitment("yes", salt)
    assert commitment("no", salt) != commitment("no", new_salt())
    assert len({new_salt() for _ in range(100)}) == 100


@given(st.text(max_size=5), st.text(max_size=5), st.text(max_size=5))
def test_no_other_pair_of_salt_and_text_has_the_same_commitment(
    a: str, b: str, c: str
) -> None:
    salt, other = "0" * 32, "1" * 32
    if _encodable(a + b + c) and a != b:
        assert commitment(a, salt) != commitment(b, salt)
        assert commitment(a, salt) != commitment(a, other)


def test_concurrent_changes_are_not_lost(database: Database, lead: Visitor) -> None:
    text_id = kept(database)
    course_id = course_of(database)
    with database.transaction(course_id) as session:
        session.get_one(ErasableText, text_id).text = "0"

    def add_one(_: int) -> None:
        with database.transaction(course_id) as session:
            row = session.get_one(ErasableText, text_id, with_for_update=True)
            time.sleep(0.001)
            row.text = str(int(row.text or "0") + 1)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add_one, range(40)))

    with database.reading(course_id) as session:
        assert session.get_one(ErasableText, text_id).text == "40"
