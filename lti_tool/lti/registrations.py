"""Registrations and deployments: looked up, never made, while a launch is checked."""

from collections.abc import Sequence
from typing import Any

from pylti1p3.deployment import Deployment as PyltiDeployment
from pylti1p3.registration import Registration as PyltiRegistration
from pylti1p3.tool_config.abstract import ToolConfAbstract
from sqlalchemy import select
from typing_extensions import override

from lti_tool.errors import LaunchRefusedError
from lti_tool.lti.models import Deployment, Registration
from lti_tool.persistence.session import Session


def find_registration(
    session: Session, issuer: str, client_id: str | None
) -> Registration | None:
    """Return the registration of an issuer; with several clients, the client id must name one."""
    wanted = select(Registration).where(Registration.issuer == issuer)
    if client_id:
        wanted = wanted.where(Registration.client_id == client_id)
    found = session.scalars(wanted.limit(2)).all()
    return found[0] if len(found) == 1 else None


def namesake(session: Session, issuer: str, client_id: str) -> Registration | None:
    """Return a registration of another issuer under the same client id, if there is one.

    We sign for all platforms with one key, so a token asked for under a client id is whoever's
    it is there: a platform that gives us another's client id could get the other's tokens.
    """
    return session.scalar(
        select(Registration)
        .where(Registration.client_id == client_id, Registration.issuer != issuer)
        .order_by(Registration.id)
        .limit(1)
    )


def get_registration(
    session: Session, issuer: str, client_id: str | None
) -> Registration:
    """Return an enabled registration or raise LaunchRefusedError with the reason."""
    registration = find_registration(session, issuer, client_id)
    if registration is None:
        raise LaunchRefusedError("registration_unknown")
    if not registration.enabled:
        raise LaunchRefusedError("registration_disabled", 403)
    return registration


def put_registration(  # noqa: PLR0913  # What a platform tells when it registers a tool.
    session: Session,
    *,
    name: str,
    issuer: str,
    client_id: str,
    auth_url: str,
    token_url: str,
    jwks_url: str,
    audience: str | None = None,
    deployment_ids: Sequence[str] = (),
) -> Registration:
    """Store a registration, or what changed of it, and return it.

    With deployment ids only those are accepted; without, each that first appears in a valid launch.
    """
    found = find_registration(session, issuer, client_id)
    if found is None:
        found = Registration(issuer=issuer, client_id=client_id, provider={})
        session.add(found)
    found.name, found.auth_url, found.token_url = name, auth_url, token_url
    found.jwks_url, found.audience = jwks_url, audience
    found.open_deployments = not deployment_ids
    session.flush()
    for deployment_id in deployment_ids:
        get_or_add_deployment(session, found.id, deployment_id)
    return found


def find_deployment(
    session: Session, registration_id: int, deployment_id: str
) -> Deployment | None:
    """Return the row of a deployment id, if it was seen before."""
    return session.scalar(
        select(Deployment).where(
            Deployment.registration_id == registration_id,
            Deployment.deployment_id == deployment_id,
        )
    )


def get_or_add_deployment(
    session: Session, registration_id: int, deployment_id: str
) -> Deployment:
    """Return the deployment of a validated launch, stored when it first appears."""
    deployment = find_deployment(session, registration_id, deployment_id)
    if deployment is None:
        deployment = Deployment(
            registration_id=registration_id, deployment_id=deployment_id
        )
        session.add(deployment)
        session.flush()
    return deployment


class ToolConf(ToolConfAbstract):  # type: ignore[type-arg]
    """Answers PyLTI1p3's questions from our tables; made anew for each request."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._found: dict[tuple[str, str | None], Registration] = {}

    def registration(self, issuer: str, client_id: str | None) -> Registration:
        """Return an enabled registration, read once, or raise LaunchRefusedError."""
        key = (issuer, client_id)
        if key not in self._found:
            self._found[key] = get_registration(self._session, issuer, client_id)
        return self._found[key]

    # The library keeps these answers in a dictionary that all its instances share.
    @override
    def check_iss_has_one_client(self, iss: str) -> bool:
        return False

    @override
    def check_iss_has_many_clients(self, iss: str) -> bool:
        return True

    @override
    def find_registration_by_issuer(self, iss: str, *_args: Any, **_kwargs: Any) -> Any:
        raise LaunchRefusedError("registration_unknown")

    @override
    def find_registration_by_params(
        self, iss: str, client_id: str, *_args: Any, **_kwargs: Any
    ) -> Any:
        found = self.registration(iss, client_id)
        return (
            PyltiRegistration()
            .set_issuer(found.issuer)
            .set_client_id(found.client_id)
            .set_auth_login_url(found.auth_url)
            .set_auth_token_url(found.token_url)
            .set_key_set_url(found.jwks_url)
        )

    @override
    def find_deployment(self, iss: str, deployment_id: str) -> None:
        return None

    @override
    def find_deployment_by_params(
        self, iss: str, deployment_id: str, client_id: str, *_args: Any, **_kwargs: Any
    ) -> Any:
        registration = self.registration(iss, client_id)
        known = find_deployment(self._session, registration.id, deployment_id)
        if known is not None and not known.enabled:
            raise LaunchRefusedError("deployment_disabled", 403)
        if known is None and not registration.open_deployments:
            return None
        return PyltiDeployment().set_deployment_id(deployment_id)
