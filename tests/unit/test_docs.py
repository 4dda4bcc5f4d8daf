"""The documents say what the code does, and nothing else."""

import re
import tomllib
from itertools import pairwise
from pathlib import Path

import click
import pytest

from lti_tool.cli import cli
from lti_tool.features import FEATURES
from lti_tool.i18n import LANGUAGES
from lti_tool.settings import NAMES

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = sorted((ROOT / "lti_tool/docs").glob("*.md"))
TARGETS = {"home", "groups", "project", "worksheet", "attendance", "certificate"}

every_document = pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.name)


def names(language: str) -> set[str]:
    return {
        f.name.split(".")[0] for f in DOCUMENTS if f.name.endswith(f".{language}.md")
    }


def headings(text: str) -> list[int]:
    """Return the levels of the headings, in order; code is left out."""
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    return [len(mark) for mark in re.findall(r"^(#+) ", prose, flags=re.MULTILINE)]


def test_the_readme_explains_every_setting_in_the_order_of_the_code() -> None:
    explained = re.findall(
        r"^\| `(LTI_TOOL_\w+)` \| (.+) \| (.+) \|$", README, flags=re.MULTILINE
    )

    assert [name for name, _meaning, _default in explained] == list(NAMES)


def test_the_readme_names_every_target_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    described = set(re.findall(r"^(\w+):.*##", makefile, flags=re.MULTILINE))

    assert described - {"help", "format"} <= set(re.findall(r"`make (\w+)`", README))


def test_the_readme_shows_a_small_picture() -> None:
    [picture] = re.findall(r"!\[[^]]+\]\(([^)]+)\)", README)

    assert (ROOT / picture).read_bytes().startswith(b"\x89PNG")
    assert (ROOT / picture).stat().st_size < 200_000


def test_every_option_of_platform_add_is_explained() -> None:
    commands = cli.commands["platform"]
    assert isinstance(commands, click.Group)

    options = {option for p in commands.commands["add"].params for option in p.opts}

    assert [o for o in options if o not in README] == []


@pytest.mark.parametrize(
    "document", ["README.md", *(f"lti_tool/docs/{f.name}" for f in DOCUMENTS)]
)
def test_every_command_that_is_named_exists(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")

    for words in re.findall(
        r"lti-tool ((?:[a-z]+ ?){1,2})",
        " ".join(re.findall(r"`[^`]*`|^lti-tool .*", text, flags=re.MULTILINE)),
    ):
        command: click.Command = cli
        for word in words.split():
            if isinstance(command, click.Group):
                assert word in command.commands, words
                command = command.commands[word]


def test_every_activity_that_a_link_can_open_is_explained_to_administrators() -> None:
    assert FEATURES.keys() >= TARGETS

    for language in LANGUAGES:
        text = (ROOT / f"lti_tool/docs/administrators.{language}.md").read_text(
            encoding="utf-8"
        )
        assert set(re.findall(r"`activity=(\w+)`", text)) == TARGETS


def test_every_document_is_there_in_every_language() -> None:
    assert (
        names("de") == names("en") >= {"index", "privacy", "accessibility", "imprint"}
    )


@pytest.mark.parametrize("name", sorted(names("en")))
def test_both_languages_have_the_same_parts(name: str) -> None:
    german, english = (
        (ROOT / f"lti_tool/docs/{name}.{language}.md").read_text(encoding="utf-8")
        for language in ("de", "en")
    )

    assert headings(german) == headings(english)
    assert german.count("\n|") == english.count("\n|")
    assert re.findall(r"\]\(([a-z]+)\)", german) == re.findall(
        r"\]\(([a-z]+)\)", english
    )


def test_every_dependency_is_pinned_to_one_version() -> None:
    described = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))[
        "project"
    ]
    wanted = [*described["dependencies"], *described["optional-dependencies"]["dev"]]
    pinned = (
        (ROOT / "tests/constraints.txt").read_text(encoding="utf-8").splitlines()[1:]
    )

    names = {re.split(r"[^\w.-]", line)[0].lower().replace("_", "-") for line in wanted}
    assert all(re.fullmatch(r"[a-z0-9.-]+==[\w.]+", line) for line in pinned)
    assert names <= {line.partition("==")[0] for line in pinned}


@every_document
def test_links_between_documents_lead_somewhere(file: Path) -> None:
    linked = re.findall(r"\]\(([^)]+)\)", file.read_text(encoding="utf-8"))

    assert [name for name in linked if name not in names("en")] == []


@every_document
def test_headings_skip_no_level(file: Path) -> None:
    levels = headings(file.read_text(encoding="utf-8"))

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


@pytest.mark.parametrize(
    "file",
    [f for f in DOCUMENTS if f.name.endswith(".de.md")],
    ids=lambda file: file.name,
)
def test_german_documents_address_nobody_with_du(file: Path) -> None:
    assert (
        re.findall(
            r"\b(?:[Dd]u|[Dd]ein\w*|[Dd]ir|[Dd]ich)\b", file.read_text(encoding="utf-8")
        )
        == []
    )
