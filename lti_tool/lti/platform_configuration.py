"""What a platform says of itself in its OpenID configuration (LTI-DR 1.0, 3.4), checked; and what we use of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from lti_tool.errors import RegistrationRefusedError
from lti_tool.lti.addresses import acceptable_url, origin, same_host
from lti_tool.lti.messages import DEEP_LINKING, PRIVACY, RESOURCE_LINK, REVIEW

_PLATFORM = "https://purl.imsglobal.org/spec/lti-platform-configuration"
_PURL = "https://purl.imsglobal.org/spec"
MEMBERS_SCOPE = f"{_PURL}/lti-nrps/scope/contextmembership.readonly"
GRADE_SCOPES = tuple(
    f"{_PURL}/lti-ags/scope/{what}" for what in ("lineitem", "result.readonly", "score")
)
SCOPES = (*GRADE_SCOPES, MEMBERS_SCOPE)
GROUPS_SCOPE = f"{_PURL}/lti-gs/scope/contextgroup.readonly"
NOTICES_SCOPE = f"{_PURL}/lti/scope/noticehandlers"
IF_OFFERED = (GROUPS_SCOPE, NOTICES_SCOPE)
# Without the claims of the name Moodle sets "Never".
CLAIMS = ("iss", "sub", "name", "given_name", "family_name", "email")
CLAIMS_IF_OFFERED = ("locale",)
VARIABLES = {
    "context_history": "Context.id.history",
    "user_groups": "Moodle.Person.userGroupIds",
}
"""Custom parameters, and what the platform puts in."""
ALWAYS = (RESOURCE_LINK, DEEP_LINKING)
MESSAGES = (*ALWAYS, REVIEW, PRIVACY)
_PLACEMENTS = ("ContentArea", "assignment_selection", "link_selection")
"""Where a teacher picks an activity, as platforms call it."""
_VENDORS = {
    **dict.fromkeys(
        (
            "https://canvas.instructure.com",
            "https://canvas.beta.instructure.com",
            "https://canvas.test.instructure.com",
        ),
        ("instructure.com", "canvaslms.com"),
    ),
    "https://blackboard.com": ("blackboard.com", "anthology.com"),
}
"""Vendors with one issuer for all their customers, and the domains where they say so."""

_LONGEST_URL = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformConfiguration:
    """What a platform says of itself, checked; of long lists only what we would use."""

    url: str
    issuer: str
    auth_url: str
    token_url: str
    jwks_url: str
    registration_url: str
    audience: str | None
    """What its token endpoint expects as ``aud``, where that is not its own address."""
    family: str
    """The product, such as ``moodle``; in small letters, empty where it is not told."""
    scopes: Sequence[str]
    claims: Sequence[str]
    messages: Mapping[str, Sequence[str]]
    """The messages that it can send, and the placements of each."""
    variables: Sequence[str]

    @property
    def host(self) -> str:
        """Return the host by which an operator recognises it; a vendor's issuer serves many."""
        return urlsplit(self.registration_url).hostname or ""

    @property
    def origins(self) -> list[str]:
        """Return from where its pages may frame ours."""
        urls = (self.url, self.issuer, self.registration_url)
        return sorted({origin(url) for url in urls})

    @property
    def service_hosts(self) -> list[str]:
        """Return origins of its services that the addresses of a registration do not name."""
        named = {origin(u) for u in (self.auth_url, self.token_url, self.jwks_url)}
        return sorted(set(self.origins) - named - {origin(self.issuer)})


def is_usable(url: str) -> bool:
    """Tell whether an address may be called, and fits into a page and a form."""
    return len(url) <= _LONGEST_URL and acceptable_url(url)


def read_configuration(url: str, document: Mapping[str, Any]) -> PlatformConfiguration:
    """Return what a configuration says, checked; raise RegistrationRefusedError if it cannot be used."""
    issuer = _address(document, "issuer")
    _check_home(url, document, issuer)
    registration_url = _address(document, "registration_endpoint")
    # A vendor's customers may have domains of their own; its configuration names them.
    if issuer not in _VENDORS and not same_host(registration_url, [issuer]):
        raise RegistrationRefusedError("registration_elsewhere")
    algorithms = _texts(document, "id_token_signing_alg_values_supported")
    if algorithms and "RS256" not in algorithms:
        raise RegistrationRefusedError("no_rs256")
    # An early Moodle writes a blank behind the name.
    said = next((v for k, v in document.items() if k.strip() == _PLATFORM), None)
    told = said if isinstance(said, dict) else {}
    audience = document.get("authorization_server")
    return PlatformConfiguration(
        url=url,
        issuer=issuer,
        auth_url=_address(document, "authorization_endpoint"),
        token_url=_address(document, "token_endpoint"),
        jwks_url=_address(document, "jwks_uri"),
        registration_url=registration_url,
        # Brightspace says an address here; Canvas a bare host, which its endpoint refuses.
        audience=audience
        if isinstance(audience, str) and acceptable_url(audience)
        else None,
        family=str(told.get("product_family_code") or "").lower()[:40],
        scopes=_known(_texts(document, "scopes_supported"), (*SCOPES, *IF_OFFERED)),
        claims=_known(
            _texts(document, "claims_supported"), (*CLAIMS, *CLAIMS_IF_OFFERED)
        ),
        messages=_messages(told),
        variables=_known(_texts(told, "variables"), tuple(VARIABLES.values())),
    )


def _address(document: Mapping[str, Any], name: str) -> str:
    address = document.get(name)
    if not isinstance(address, str) or not address:
        raise RegistrationRefusedError("configuration_incomplete", missing=name)
    if not is_usable(address):
        raise RegistrationRefusedError("endpoint_unsafe", endpoint=name)
    return address


def _check_home(url: str, document: Mapping[str, Any], issuer: str) -> None:
    """LTI-DR 3.4: nobody but the issuer's own host may speak for an issuer.

    Under a vendor's issuer stand many customers, so that there each address must be the vendor's.
    """
    domains = _VENDORS.get(issuer)
    if domains is None:
        is_home = same_host(url, [issuer])
    else:
        names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        urls = [url, *(_address(document, name) for name in names)]
        is_home = all(_lies_in(one, domains) for one in urls)
    if not is_home:
        raise RegistrationRefusedError("issuer_differs")


def _lies_in(url: str, domains: Sequence[str]) -> bool:
    host = urlsplit(url).hostname or ""
    return host in domains or host.endswith(tuple(f".{domain}" for domain in domains))


def _texts(document: Mapping[str, Any], name: str) -> list[str]:
    found = document.get(name)
    return (
        [text for text in found if isinstance(text, str)]
        if isinstance(found, list)
        else []
    )


def _known(said: Sequence[str], wanted: Sequence[str]) -> list[str]:
    return [text for text in wanted if text in said]


def _messages(told: Mapping[str, Any]) -> dict[str, list[str]]:
    listed = told.get("messages_supported")
    found: dict[str, list[str]] = {}
    for message in listed if isinstance(listed, list) else []:
        # The draft had names in place of objects.
        parts = message if isinstance(message, dict) else {"type": message}
        if parts.get("type") in MESSAGES:
            found[parts["type"]] = _known(_texts(parts, "placements"), _PLACEMENTS)
    return found
