"""A setting that cannot work is one line that names what to change."""

import multiprocessing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.errors import SettingError
from lti_tool.settings import NAMES, Settings

GOOD = {
    "LTI_TOOL_BASE_URL": "https://tool.example.org",
    "LTI_TOOL_INSTANCE": "/srv/lti-tool",
    "LTI_TOOL_DATABASE_URL": "postgresql+psycopg://tool:secret@db.example.org/tool",
    "LTI_TOOL_SECRET_KEY": "a-secret-of-the-tests",
    "LTI_TOOL_DATA_KEY": "a-data-key-of-the-tests",
    "LTI_TOOL_KEYS": "/srv/lti-tool/keys",
}
WRONG = [
    ("LTI_TOOL_BASE_URL", "", "LTI_TOOL_BASE_URL is missing"),
    ("LTI_TOOL_BASE_URL", "tool.example.org", "LTI_TOOL_BASE_URL"),
    ("LTI_TOOL_BASE_URL", "http://tool.example.org", "https://"),
    ("LTI_TOOL_BASE_URL", "ftp://tool.example.org", "LTI_TOOL_BASE_URL"),
    ("LTI_TOOL_BASE_URL", "https://", "LTI_TOOL_BASE_URL"),
    ("LTI_TOOL_BASE_URL", "https://[broken", "LTI_TOOL_BASE_URL"),
    ("LTI_TOOL_BASE_URL", "https://tool.example.org:port", "LTI_TOOL_BASE_URL"),
    ("LTI_TOOL_BASE_URL", "https://tool.example.org?x=1", "LTI_TOOL_BASE_URL"),
    ("LTI_TOOL_BASE_URL", "https://tool.example.org/path", "no path"),
    ("LTI_TOOL_BASE_URL", "https://user@tool.example.org", "LTI_TOOL_BASE_URL"),
    ("LTI_TOOL_DATABASE_URL", "mysql://db/tool", "LTI_TOOL_DATABASE_URL"),
    ("LTI_TOOL_DATABASE_URL", "sqlite://", "LTI_TOOL_DATABASE_URL"),
    ("LTI_TOOL_DATABASE_URL", "sqlite:///", "LTI_TOOL_DATABASE_URL"),
    ("LTI_TOOL_DATABASE_URL", "sqlite:///:memory:", "LTI_TOOL_DATABASE_URL"),
    ("LTI_TOOL_DATABASE_URL", "postgresql+psycopg://db:port/tool", "LTI_TOOL_DATABASE_URL"),
    ("LTI_TOOL_DATABASE_URL", "postgresql+psycopg://db", "LTI_TOOL_DATABASE_URL"),
    ("LTI_TOOL_SECRET_KEY", "", "LTI_TOOL_SECRET_KEY is missing"),
    ("LTI_TOOL_SECRET_KEY", "short", "LTI_TOOL_SECRET_KEY is too short"),
    ("LTI_TOOL_DATA_KEY", "", "LTI_TOOL_DATA_KEY is missing"),
    ("LTI_TOOL_DATA_KEY", "a-data-key-of-the-tests,short", "LTI_TOOL_DATA_KEY is too short"),
    ("LTI_TOOL_DATA_KEY", ",,,,,,,,,,,,,,,,,,,,", "LTI_TOOL_DATA_KEY is too short"),
    ("LTI_TOOL_PROXY_HOPS", "one", "LTI_TOOL_PROXY_HOPS"),
    ("LTI_TOOL_PROXY_HOPS", "-1", "LTI_TOOL_PROXY_HOPS"),
    ("LTI_TOOL_PRIVATE_PLATFORMS", "campus", "LTI_TOOL_PRIVATE_PLATFORMS"),
    ("LTI_TOOL_PRIVATE_PLATFORMS", "10.0.0.1/8", "LTI_TOOL_PRIVATE_PLATFORMS"),
    ("LTI_TOOL_CA_FILE", "/nowhere/ca.pem", "LTI_TOOL_CA_FILE"),
    ("LTI_TOOL_BASEURL", "https://tool.example.org", "LTI_TOOL_BASEURL is not a setting"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "said"),
    WRONG,
    ids=[f"{name}={value}" for name, value, _ in WRONG],
)
def test_a_wrong_setting_is_one_line_that_names_it(
    name: str, value: str, said: str
) -> None:
    with pytest.raises(SettingError) as caught:
        Settings.from_environ({**GOOD, name: value})

    assert said in caught.value.line
    assert "\n" not in caught.value.line
    assert caught.value.line.endswith(".")


def test_good_settings_are_taken() -> None:
    settings = Settings.from_environ(
        {
            **GOOD,
            "LTI_TOOL_BASE_URL": "https://tool.example.org/",
            "LTI_TOOL_DATA_KEY": "the-new-data-key-of-tests, a-data-key-of-the-tests",
            "LTI_TOOL_PROXY_HOPS": "1",
            "LTI_TOOL_PRIVATE_PLATFORMS": "10.0.0.0/8, fd00::/8",
        }
    )

    assert settings.base_url == "https://tool.example.org"
    assert settings.data_keys == (
        "the-new-data-key-of-tests",
        "a-data-key-of-the-tests",
    )
    assert (settings.proxy_hops, len(settings.private_platforms)) == (1, 2)
    assert (settings.is_sqlite, settings.is_loopback) == (False, False)


def test_a_comma_in_the_secret_key_is_a_letter_like_others() -> None:
    key = "short,but,long,all,together"

    assert Settings.from_environ({**GOOD, "LTI_TOOL_SECRET_KEY": key}).secret_key == key


def test_secrets_do_not_show_when_settings_are_printed() -> None:
    shown = repr(
        Settings.from_environ(
            {**GOOD, "LTI_TOOL_SECRET_KEY_OLD": "an-old-secret-of-tests"}
        )
    )

    for name in ("LTI_TOOL_SECRET_KEY", "LTI_TOOL_DATA_KEY"):
        assert GOOD[name] not in shown
    assert "an-old-secret-of-tests" not in shown


def loopback(instance: Path) -> dict[str, str]:
    return {
        "LTI_TOOL_BASE_URL": "http://127.0.0.1:8000",
        "LTI_TOOL_INSTANCE": str(instance),
        "LTI_TOOL_KEYS": str(instance / "keys"),
    }


def test_on_this_machine_secrets_are_made_once_and_kept_from_others(
    tmp_path: Path,
) -> None:
    first = Settings.from_environ(loopback(tmp_path / "instance"))
    second = Settings.from_environ(loopback(tmp_path / "instance"))

    assert (first.secret_key, first.data_keys) == (second.secret_key, second.data_keys)
    files = list((tmp_path / "instance").iterdir())
    assert len(files) == 2
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


def _secret_of(instance: str) -> str:
    return Settings.from_environ(loopback(Path(instance))).secret_key


def test_processes_that_start_at_once_read_one_secret(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    with context.Pool(8) as pool:
        secrets = pool.map(_secret_of, [str(tmp_path / "instance")] * 16, chunksize=1)

    assert len(set(secrets)) == 1
    assert len(secrets[0]) == 64


@pytest.mark.parametrize("damage", ["", "short", "readable"])
def test_a_damaged_or_open_secret_is_refused(tmp_path: Path, damage: str) -> None:
    instance = tmp_path / "instance"
    Settings.from_environ(loopback(instance))
    file = instance / "data_key"
    if damage == "readable":
        file.chmod(0o644)
    else:
        file.write_text(damage)

    with pytest.raises(SettingError, check=lambda error: "data_key" in error.line):
        Settings.from_environ(loopback(instance))


def test_an_instance_that_is_no_folder_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "instance").write_text("")

    with pytest.raises(
        SettingError, check=lambda error: "LTI_TOOL_INSTANCE" in error.line
    ):
        Settings.from_environ(loopback(tmp_path / "instance"))


@given(
    st.sampled_from(NAMES),
    st.text(
        alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
    ),
)
def test_no_value_ends_in_anything_but_settings_or_one_line(
    name: str, value: str
) -> None:
    try:
        Settings.from_environ({**GOOD, name: value})
    except SettingError as error:
        line = error.line
    else:
        line = ""

    assert "\n" not in line
