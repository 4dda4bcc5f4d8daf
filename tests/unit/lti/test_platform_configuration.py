"""What platforms say of themselves: documented products, odd ones, hostile ones."""

from typing import Any

import pytest

from lti_tool.errors import RegistrationRefusedError
from lti_tool.lti.dynamic_registration import registration_request, wanted_scopes
from lti_tool.lti.platform_configuration import (
    GROUPS_SCOPE,
    NOTICES_SCOPE,
    PlatformConfiguration,
    read_configuration,
)

PLATFORM = "https://purl.imsglobal.org/spec/lti-platform-configuration"
TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"
HOME = "https://moodle.example.org"
URL = f"{HOME}/mod/lti/openid-configuration.php"


def document(home: str = HOME, **changed: Any) -> dict[str, Any]:
    said = {
        "issuer": home,
        "authorization_endpoint": f"{home}/auth",
        "token_endpoint": f"{home}/token",
        "jwks_uri": f"{home}/jwks",
        "registration_endpoint": f"{home}/register",
        PLATFORM: {"product_family_code": "moodle", "version": "4.5"},
        **changed,
    }
    return {name: value for name, value in said.items() if value is not None}


def read(url: str = URL, **changed: Any) -> PlatformConfiguration:
    return read_configuration(url, document(**changed))


def refused(url: str = URL, **changed: Any) -> tuple[str, dict[str, Any]]:
    with pytest.raises(RegistrationRefusedError) as caught:
        read(url, **changed)
    return caught.value.reason, caught.value.details


def asked(platform: PlatformConfiguration) -> dict[str, Any]:
    return registration_request(platform, "https://tool.example.org", "en")


def test_a_platform_is_read() -> None:
    found = read()

    assert (found.issuer, found.family, found.host) == (
        HOME,
        "moodle",
        "moodle.example.org",
    )
    assert (found.origins, found.service_hosts) == ([HOME], [])


CANVAS = {
    "issuer": "https://canvas.instructure.com",
    "authorization_endpoint": "https://sso.canvaslms.com/api/lti/authorize_redirect",
    "token_endpoint": "https://sso.canvaslms.com/login/oauth2/token",
    "jwks_uri": "https://sso.canvaslms.com/api/lti/security/jwks",
    "registration_endpoint": "https://canvas.school.example/api/lti/registrations",
    "authorization_server": "canvas.school.example",
    PLATFORM: {"product_family_code": "canvas"},
}
BLACKBOARD = {
    "issuer": "https://blackboard.com",
    "authorization_endpoint": "https://developer.blackboard.com/api/v1/gateway/oidcauth",
    "token_endpoint": "https://developer.blackboard.com/api/v1/gateway/oauth2/jwttoken",
    "jwks_uri": "https://developer.blackboard.com/.well-known/jwks.json",
    "registration_endpoint": "https://developer.blackboard.com/api/v1/gateway/registerLti?registrationToken=1",
    PLATFORM: {"product_family_code": "BlackboardLearn"},
}


@pytest.mark.parametrize(
    ("said", "urls", "hosts"),
    [
        (
            CANVAS,
            (
                "https://sso.canvaslms.com/api/lti/security/openid-configuration",
                "https://school.instructure.com/api/lti/security/openid-configuration",
            ),
            "https://canvas.school.example",
        ),
        (
            BLACKBOARD,
            ("https://developer.blackboard.com/c", "https://developer.anthology.com/c"),
            None,
        ),
    ],
    ids=["Canvas", "Blackboard"],
)
def test_a_vendor_may_speak_for_its_one_issuer_from_its_own_domains(
    said: dict[str, Any], urls: tuple[str, ...], hosts: str | None
) -> None:
    for url in urls:
        found = read_configuration(url, said)

        assert found.issuer == said["issuer"]
        assert hosts is None or hosts in found.service_hosts
        # Canvas names a bare host, which is no audience.
        assert found.audience is None


def test_the_audience_of_the_token_endpoint_is_taken_where_it_is_an_address() -> None:
    found = read(authorization_server="https://api.brightspace.com/auth/token")

    assert found.audience == "https://api.brightspace.com/auth/token"


FOREIGN = {
    "another host": ("https://evil.example/c", {}),
    "a host below": (f"https://x.{HOME.removeprefix('https://')}/c", {}),
    "another port": (f"{HOME}:8443/c", {}),
    "a vendor's issuer": (URL, {"issuer": "https://canvas.instructure.com"}),
    "a host that ends like a vendor": (
        "https://evilinstructure.com/c",
        {"issuer": "https://canvas.instructure.com"},
    ),
    "a vendor's name in front": (
        "https://instructure.com.evil.example/c",
        {"issuer": "https://canvas.instructure.com"},
    ),
    "one vendor for another": (
        "https://sso.canvaslms.com/c",
        {"issuer": "https://blackboard.com"},
    ),
}


@pytest.mark.parametrize(
    "name", ["authorization_endpoint", "token_endpoint", "jwks_uri"]
)
def test_each_address_under_a_vendors_issuer_is_the_vendors(name: str) -> None:
    url = "https://sso.canvaslms.com/c"

    with pytest.raises(RegistrationRefusedError) as caught:
        read_configuration(url, {**CANVAS, name: "https://evil.example/x"})

    assert caught.value.reason == "issuer_differs"


@pytest.mark.parametrize(("url", "changed"), FOREIGN.values(), ids=FOREIGN)
def test_nobody_else_may_speak_for_an_issuer(url: str, changed: dict[str, Any]) -> None:
    assert refused(url, **changed)[0] == "issuer_differs"


ENDPOINTS = (
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "registration_endpoint",
)


@pytest.mark.parametrize("name", ENDPOINTS)
@pytest.mark.parametrize("value", [None, "", 5, ["https://x.example"], {}])
def test_each_address_is_needed(name: str, value: Any) -> None:
    assert refused(**{name: value}) == ("configuration_incomplete", {"missing": name})


@pytest.mark.parametrize("name", ENDPOINTS)
@pytest.mark.parametrize(
    "value",
    [
        "http://moodle.example.org/x",
        "//moodle.example.org/x",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://a@moodle.example.org/x",
        "https://moodle.example.org\\@evil.example/x",
        "https://moodle.example.org/ x",
        "https://moodle.example.org/" + "x" * 2048,
        "https:///x",
    ],
)
def test_each_address_must_be_safe(name: str, value: str) -> None:
    assert refused(**{name: value}) == ("endpoint_unsafe", {"endpoint": name})


def test_tools_register_nowhere_but_at_the_issuers_host() -> None:
    reason, _ = refused(registration_endpoint="https://evil.example/register")

    assert reason == "registration_elsewhere"


@pytest.mark.parametrize(
    ("algorithms", "is_usable"),
    [
        (None, True),
        ([], True),
        (["RS512", "RS256"], True),
        (["RS512"], False),
        ("RS256", True),
    ],
)
def test_a_platform_that_cannot_sign_as_prescribed_is_refused(
    algorithms: Any, is_usable: bool
) -> None:
    changed = {"id_token_signing_alg_values_supported": algorithms}
    if is_usable:
        assert read(**changed)
    else:
        assert refused(**changed)[0] == "no_rs256"


@pytest.mark.parametrize("value", [None, "x", 1, [], ["x"], {"messages_supported": 1}])
def test_odd_words_about_lti_are_passed_over(value: Any) -> None:
    found = read(
        **{PLATFORM: value}, scopes_supported=value, claims_supported=[1, None, "sub"]
    )

    assert (found.family, found.messages, list(found.claims)) == ("", {}, ["sub"])


def test_an_early_moodle_writes_a_blank_and_bare_names() -> None:
    found = read(
        **{
            PLATFORM: None,
            f"{PLATFORM} ": {
                "product_family_code": "Moodle",
                "messages_supported": ["LtiResourceLink", "LtiDeepLinkingRequest"],
            },
        }
    )

    assert (found.family, found.messages) == ("moodle", {"LtiDeepLinkingRequest": []})


class TestWhatWeAskFor:
    """What we use, and what is offered of it."""

    def test_further_scopes_only_where_they_are_offered(self) -> None:
        assert len(wanted_scopes(read())) == 4
        offered = read(scopes_supported=["openid", GROUPS_SCOPE, NOTICES_SCOPE])
        assert {GROUPS_SCOPE, NOTICES_SCOPE} <= set(wanted_scopes(offered))
        assert "openid" not in wanted_scopes(offered)

    def test_messages_that_the_platform_lists_with_places_that_it_knows(self) -> None:
        listed = [
            {"type": "LtiResourceLinkRequest", "placements": ["course_navigation"]},
            {
                "type": "LtiDeepLinkingRequest",
                "placements": ["editor_button", "assignment_selection"],
            },
            {"type": "LtiSubmissionReviewRequest"},
            {"type": "DataPrivacyLaunchRequest"},
            {"type": "LtiStartProctoring"},
        ]

        messages = asked(read(**{PLATFORM: {"messages_supported": listed}}))[TOOL][
            "messages"
        ]

        assert {m["type"]: m.get("placements") for m in messages} == {
            "LtiResourceLinkRequest": None,
            "LtiDeepLinkingRequest": ["assignment_selection"],
            "LtiSubmissionReviewRequest": None,
            "DataPrivacyLaunchRequest": None,
        }
        assert all(m["label"] == m["label#en"] for m in messages)

    def test_the_usual_two_messages_where_none_are_listed(self) -> None:
        messages = asked(read())[TOOL]["messages"]

        assert [m["type"] for m in messages] == [
            "LtiResourceLinkRequest",
            "LtiDeepLinkingRequest",
        ]

    @pytest.mark.parametrize(
        ("variables", "parameters"),
        [
            (None, {"context_history"}),
            (
                ["Context.id.history", "Moodle.Person.userGroupIds"],
                {"context_history", "user_groups"},
            ),
            (["Moodle.Person.userGroupIds"], {"user_groups"}),
        ],
    )
    def test_parameters_that_the_platform_fills(
        self, variables: list[str] | None, parameters: set[str]
    ) -> None:
        found = read(**{PLATFORM: {"variables": variables}})

        assert set(asked(found)[TOOL]["custom_parameters"]) == parameters

    def test_the_locale_where_it_is_offered(self) -> None:
        assert "locale" not in asked(read())[TOOL]["claims"]
        offered = read(claims_supported=["sub", "locale"])
        assert "locale" in asked(offered)[TOOL]["claims"]
