"""Dynamic registration (LTI-DR 1.0): what we ask a platform to register, and what it answers.

An administrator opens our page from the platform, which adds the address of its OpenID configuration
and a token. We read the configuration, say there what will be registered, and send it on confirmation.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from lti_tool.errors import RegistrationRefusedError
from lti_tool.lti.http import PlatformHTTP, PlatformUnreachableError, Reply
from lti_tool.lti.messages import DEEP_LINKING, PRIVACY, RESOURCE_LINK, REVIEW
from lti_tool.lti.platform_configuration import (
    ALWAYS,
    CLAIMS,
    CLAIMS_IF_OFFERED,
    IF_OFFERED,
    MESSAGES,
    SCOPES,
    VARIABLES,
    PlatformConfiguration,
    is_usable,
    read_configuration,
)

_TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"
_NAME = {"en": "Certificate course", "de": "Zertifikatslehrgang"}
_DESCRIPTION = {
    "en": "Project groups, reflection on one's own network, attendance, certificate and grades.",
    "de": "Projektgruppen, Reflexion des eigenen Netzwerks, Anwesenheit, Zertifikat und Bewertungen.",
}
_LABELS = {
    RESOURCE_LINK: {"en": "Open the course", "de": "Lehrgang öffnen"},
    DEEP_LINKING: {"en": "Choose activities", "de": "Aktivitäten auswählen"},
    REVIEW: {"en": "Look at the work", "de": "Arbeit ansehen"},
    PRIVACY: {"en": "Privacy", "de": "Datenschutz"},
}

_TOKEN = re.compile(r"[!-~]{1,8192}")
_ID = re.compile(r"[!-~]{1,255}")
_OK = 200


@dataclass(frozen=True, slots=True)
class Registered:
    """What a platform answered: who we are there."""

    client_id: str
    deployment_id: str | None


def fetch_configuration(http: PlatformHTTP, url: str) -> PlatformConfiguration:
    """Return what a platform says of itself; raise RegistrationRefusedError with the reason."""
    if not is_usable(url):
        raise RegistrationRefusedError("configuration_address")
    try:
        reply = http.send("GET", url, headers={"Accept": "application/json"})
    except PlatformUnreachableError as error:
        raise RegistrationRefusedError(f"configuration_{error.kind}") from error
    if reply.status != _OK:
        raise RegistrationRefusedError("configuration_status", answered=reply.status)
    document = reply.json()
    if not isinstance(document, dict):
        raise RegistrationRefusedError("configuration_unreadable")
    return read_configuration(url, document)


def wanted_scopes(platform: PlatformConfiguration) -> list[str]:
    """Return the scopes that we ask for: what we use, and nothing beyond."""
    return [*SCOPES, *(s for s in IF_OFFERED if s in platform.scopes)]


def registration_request(
    platform: PlatformConfiguration, base_url: str, language: str
) -> dict[str, Any]:
    """Return what we ask a platform to register; names without a language are in the reader's."""
    launch = f"{base_url}/lti/launch"
    return {
        "application_type": "web",
        "response_types": ["id_token"],
        "grant_types": ["implicit", "client_credentials"],
        "initiate_login_uri": f"{base_url}/lti/login",
        "redirect_uris": [launch],
        **_spoken("client_name", _NAME, language),
        "client_uri": f"{base_url}/",
        "logo_uri": f"{base_url}/static/icon.svg",
        "policy_uri": f"{base_url}/privacy",
        "jwks_uri": f"{base_url}/lti/jwks",
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": " ".join(wanted_scopes(platform)),
        _TOOL: {
            # With its port: Moodle compares it with the target.
            "domain": urlsplit(base_url).netloc,
            "target_link_uri": launch,
            **_spoken("description", _DESCRIPTION, language),
            # Never "activity": what stands at the tool wins over the link.
            "custom_parameters": custom_parameters(platform),
            "claims": [
                *CLAIMS,
                *(c for c in CLAIMS_IF_OFFERED if c in platform.claims),
            ],
            "messages": [
                _message(kind, platform, launch, language)
                for kind in MESSAGES
                if kind in (platform.messages or ALWAYS)
            ],
        },
    }


def custom_parameters(platform: PlatformConfiguration) -> dict[str, str]:
    """Return the custom parameters that we ask for, and the variables to put in."""
    offered = platform.variables or ["Context.id.history"]
    return {name: f"${v}" for name, v in VARIABLES.items() if v in offered}


def _spoken(name: str, texts: Mapping[str, str], language: str) -> dict[str, str]:
    return {
        name: texts[language],
        **{f"{name}#{tag}": text for tag, text in texts.items()},
    }


def _message(
    kind: str, platform: PlatformConfiguration, target: str, language: str
) -> dict[str, Any]:
    message = {
        "type": kind,
        "target_link_uri": target,
        **_spoken("label", _LABELS[kind], language),
    }
    placements = platform.messages.get(kind)
    return {**message, "placements": list(placements)} if placements else message


def register(
    http: PlatformHTTP,
    platform: PlatformConfiguration,
    request: Mapping[str, Any],
    registration_token: str | None,
) -> Registered:
    """Ask the platform to register us and return its answer; the token goes nowhere else.

    Raise RegistrationRefusedError with the reason, which names a platform's own error where it is known.
    """
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if registration_token:
        if not _TOKEN.fullmatch(registration_token):
            raise RegistrationRefusedError("token_malformed")
        headers["Authorization"] = f"Bearer {registration_token}"
    try:
        reply = http.send(
            "POST", platform.registration_url, headers=headers, body=json.dumps(request)
        )
    except PlatformUnreachableError as error:
        raise RegistrationRefusedError(f"registration_{error.kind}") from error
    if reply.status not in {_OK, 201}:
        raise RegistrationRefusedError(_refusal(reply), answered=reply.status)
    return _registered(reply)


def _registered(reply: Reply) -> Registered:
    """Read who we are there; what else the answer says, such as scopes, is not to be believed."""
    said = reply.json()
    if not isinstance(said, dict):
        raise RegistrationRefusedError("answer_unreadable")
    client_id = _id(said.get("client_id"))
    if client_id is None:
        raise RegistrationRefusedError("client_id_missing")
    tool = said.get(_TOOL)
    return Registered(
        client_id, _id(tool.get("deployment_id")) if isinstance(tool, dict) else None
    )


def _id(value: object) -> str | None:
    """Return an id, which some platforms write as a number."""
    text = str(value) if isinstance(value, str | int) else ""
    return text if _ID.fullmatch(text) else None


KNOWN_ERRORS = frozenset(
    {
        # Moodle, as plain text.
        "missing_domain",
        "domain_targetlinkuri_mismatch",
        "token_already_used",
        "invalid_response_types",
        "invalid_redirect_uris",
        "invalid_token_endpoint_auth_method",
        "invalid_application_type",
        # RFC 7591 and RFC 6750, as JSON.
        "invalid_redirect_uri",
        "invalid_client_metadata",
        "invalid_software_statement",
        "unapproved_software_statement",
        "invalid_token",
        "invalid_request",
        "insufficient_scope",
        "access_denied",
    }
)
_BY_STATUS = {
    401: "token_refused",
    403: "token_refused",
    404: "endpoint_missing",
    405: "endpoint_missing",
    409: "already_registered",
    429: "platform_busy",
}
_BY_HUNDRED = {3: "platform_redirects", 5: "platform_failed"}


def _refusal(reply: Reply) -> str:
    said = reply.json()
    word = said.get("error") if isinstance(said, dict) else None
    text = word if isinstance(word, str) else reply.body[:200].decode(errors="replace")
    if text.strip() in KNOWN_ERRORS:
        return text.strip()
    if text.startswith("missing required attribute"):
        return "attribute_missing"
    return _BY_STATUS.get(
        reply.status, _BY_HUNDRED.get(reply.status // 100, "platform_refused")
    )
