"""What we rely on in PyLTI1p3: each hook that we override exists and is called by validate()."""

from importlib.metadata import version
from typing import Any

import pytest
from pylti1p3.exception import LtiException
from pylti1p3.message_launch import MessageLaunch
from pylti1p3.oidc_login import OIDCLogin
from pylti1p3.request import Request
from pylti1p3.tool_config.abstract import ToolConfAbstract

from lti_tool.lti.launch import _SignedMessage
from lti_tool.lti.login import Form, NoStorage, _Login
from lti_tool.lti.registrations import ToolConf
from tests.certification.forging import ForgingPlatform

STEPS = [
    "validate_state",
    "validate_jwt_format",
    "validate_nonce",
    "validate_registration",
    "validate_jwt_signature",
    "validate_deployment",
    "validate_message",
    "save_launch_data",
]
OVERRIDDEN = [
    (_SignedMessage, MessageLaunch, {*STEPS, "_get_request_param", "get_client_id"}),
    (_Login, OIDCLogin, {"_get_uuid", "_generate_nonce", "get_redirect"}),
    (
        ToolConf,
        ToolConfAbstract,
        {
            "check_iss_has_one_client",
            "check_iss_has_many_clients",
            "find_registration_by_issuer",
            "find_registration_by_params",
            "find_deployment",
            "find_deployment_by_params",
        },
    ),
    (Form, Request, {"session", "is_secure", "get_param"}),
]


@pytest.mark.parametrize(
    ("ours", "theirs", "hooks"),
    OVERRIDDEN,
    ids=[ours.__name__ for ours, *_ in OVERRIDDEN],
)
def test_each_hook_that_we_override_exists(
    ours: type, theirs: type, hooks: set[str]
) -> None:
    overridden = {name for name, value in vars(ours).items() if _is_override(value)}

    assert overridden == hooks
    assert [name for name in hooks if not hasattr(theirs, name)] == []


def _is_override(value: Any) -> bool:
    function = value.fget if isinstance(value, property) else value
    return getattr(function, "__override__", False)


def test_what_we_call_of_the_library_exists() -> None:
    assert callable(MessageLaunch.urlsafe_b64decode)
    assert callable(MessageLaunch._get_id_token)
    assert callable(OIDCLogin._prepare_redirect_url)


def test_the_version_is_the_one_that_was_measured() -> None:
    assert version("PyLTI1p3") == "2.0.0"


def test_validate_is_the_librarys_own_and_takes_every_step() -> None:
    taken: list[str] = []

    class Recorder(MessageLaunch):  # type: ignore[type-arg]
        def _get_request_param(self, key: str) -> str:
            return key

    def recorded(step: str) -> Any:
        def take(self: Recorder) -> Recorder:
            taken.append(step)
            return self

        return take

    for step in STEPS:
        setattr(Recorder, step, recorded(step))

    Recorder(Form({}), None, NoStorage(), NoStorage()).validate()

    assert taken == STEPS
    assert "validate" not in vars(_SignedMessage)


def test_no_launch_gets_past_validate(
    forger: ForgingPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def refuse(self: Any) -> None:
        calls.append(type(self))
        raise LtiException("no")

    monkeypatch.setattr(MessageLaunch, "validate", refuse)

    assert forger.launch(forger.app.test_client()).status_code == 400
    assert calls == [_SignedMessage]
