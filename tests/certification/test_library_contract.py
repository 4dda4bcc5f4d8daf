"""What we rely on in PyLTI1p3: each hook that we override exists and is called by the library."""

import ast
import importlib
import inspect
import pkgutil
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import pylti1p3
import pytest
from pylti1p3.exception import LtiException
from pylti1p3.message_launch import MessageLaunch

import lti_tool.lti
from tests.certification.forging import ForgingPlatform
from tests.certification.launching import Attempt, Changes
from tests.certification.table import DEEP_LINKING, PRIVACY, REVIEW

LIBRARY = Path(pylti1p3.__file__).parent
NEVER_CALLED = {
    "check_iss_has_many_clients",
    "find_registration_by_issuer",
    "find_deployment",
    "get_redirect",
    "session",
    "is_secure",
}
"""What a tool of the library has to have although nothing that we call asks for it."""


def modules() -> list[ModuleType]:
    found = pkgutil.walk_packages(lti_tool.lti.__path__, "lti_tool.lti.")
    return [importlib.import_module(module.name) for module in found]


def is_of_library(thing: Any) -> bool:
    return str(getattr(thing, "__module__", "")).startswith("pylti1p3.")


def bases(ours: type) -> list[type]:
    return [base for base in ours.__mro__ if is_of_library(base)]


def subclasses() -> list[type]:
    """Return every class of ours that stands on one of the library's."""
    return [
        thing
        for module in modules()
        for thing in vars(module).values()
        if isinstance(thing, type)
        and thing.__module__ == module.__name__
        and bases(thing)
    ]


def overridden(ours: type) -> set[str]:
    """Return what a class of ours says to override, or overrides without a word."""
    theirs = {name for base in bases(ours) for name in vars(base)}
    return {
        name
        for name, value in vars(ours).items()
        if is_marked(value) or (inspect.isfunction(value) and name in theirs)
    } - {"__init__"}


def is_marked(value: Any) -> bool:
    function = value.fget if isinstance(value, property) else value
    return getattr(function, "__override__", False)


def missing(ours: type) -> set[str]:
    """Return what a class of ours overrides or uses and nobody defines."""
    there = {
        name
        for base in ours.__mro__
        for name in {*vars(base), *getattr(base, "__annotations__", {})}
    }
    return (overridden(ours) - names_of(bases(ours))) | (
        used(ours) - there - made(ours)
    )


def names_of(classes: list[type]) -> set[str]:
    return {name for each in classes for name in vars(each)}


def attributes(ours: type, context: type[ast.expr_context]) -> Iterator[str]:
    """Give each ``self.NAME`` and ``super().NAME`` in the source of a class."""
    for node in ast.walk(ast.parse(inspect.getsource(ours))):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, context):
            whose = node.value.func if isinstance(node.value, ast.Call) else node.value
            if isinstance(whose, ast.Name) and whose.id in {"self", "super"}:
                yield node.attr


def used(ours: type) -> set[str]:
    return set(attributes(ours, ast.Load))


def made(ours: type) -> set[str]:
    return set(attributes(ours, ast.Store))


SUBCLASSES = [pytest.param(ours, id=ours.__name__) for ours in subclasses()]


@pytest.mark.parametrize("ours", SUBCLASSES)
def test_each_hook_that_we_override_or_use_exists(ours: type) -> None:
    assert overridden(ours)
    assert missing(ours) == set()


def test_a_hook_that_disappears_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    (launch,) = (ours for ours in subclasses() if issubclass(ours, MessageLaunch))
    for hook in ("validate_nonce", "_get_id_token"):
        monkeypatch.delattr(MessageLaunch, hook)

    assert missing(launch) == {"validate_nonce", "_get_id_token"}


@pytest.mark.parametrize("module", modules(), ids=lambda module: module.__name__)
def test_what_we_call_on_classes_of_the_library_exists(module: ModuleType) -> None:
    theirs = {name: t for name, t in vars(module).items() if is_of_library(t)}
    asked = [
        (node.value.id, node.attr)
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in theirs
    ]

    assert [ask for ask in asked if not hasattr(theirs[ask[0]], ask[1])] == []


def test_the_library_calls_each_hook_that_we_override(forger: ForgingPlatform) -> None:
    called: set[tuple[str, str]] = set()
    files = {inspect.getfile(ours): ours for ours in subclasses()}

    def watch(frame: FrameType, event: str, _argument: object) -> None:
        caller = frame.f_back
        if event != "call" or frame.f_code.co_filename not in files or caller is None:
            return
        if LIBRARY in Path(caller.f_code.co_filename).parents:
            whose, _, name = frame.f_code.co_qualname.rpartition(".")
            called.add((whose, name))

    sys.setprofile(watch)
    try:
        answer = Attempt(forger).run()
    finally:
        sys.setprofile(None)

    assert answer.status_code == 303
    hooks = {
        (ours.__name__, name) for ours in subclasses() for name in overridden(ours)
    }
    assert {name for _, name in hooks - called} == NEVER_CALLED


def test_the_version_is_the_one_that_was_measured() -> None:
    assert version("PyLTI1p3") == "2.0.0"


def test_validate_is_the_librarys_own() -> None:
    launches = [ours for ours in subclasses() if issubclass(ours, MessageLaunch)]

    assert [ours.validate for ours in launches] == [MessageLaunch.validate]


@pytest.mark.parametrize(
    "message",
    [{}, REVIEW, DEEP_LINKING, PRIVACY],
    ids=["link", "review", "deep linking", "privacy"],
)
def test_no_message_gets_past_validate(
    forger: ForgingPlatform, monkeypatch: pytest.MonkeyPatch, message: Changes
) -> None:
    assert Attempt(forger, changes=message).run().status_code in {200, 303}

    def refuse(_self: MessageLaunch[Any, Any, Any, Any]) -> None:
        raise LtiException("no")

    monkeypatch.setattr(MessageLaunch, "validate", refuse)

    assert Attempt(forger, changes=message).run().status_code == 400
