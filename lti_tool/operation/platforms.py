"""What operators do with registrations."""

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import delete, func, select

from lti_tool.courses.models import Course, Person
from lti_tool.errors import SettingError
from lti_tool.i18n import LANGUAGES
from lti_tool.lti.addresses import acceptable_url, origin_of_host
from lti_tool.lti.models import Deployment, LaunchSession, Registration, TokenCache
from lti_tool.lti.registrations import find_registration, namesake, put_registration
from lti_tool.operation import connections
from lti_tool.persistence.session import EVERYWHERE, Session
from lti_tool.web.tool import Tool

_PROVIDER = ("contact", "imprint", "sender", "logo", "retention_months", "languages")
_ADDRESSES = ("auth_url", "token_url", "jwks_url")
_CONNECTION = (*_ADDRESSES, "client_id", "audience")


def add(
    tool: Tool,
    facts: Mapping[str, str],
    deployment_ids: Sequence[str],
    service_hosts: Sequence[str] = (),
) -> str:
    """Register a platform and return the registration id; raise SettingError for a wrong address."""
    _check_addresses(facts)
    origins = _origins(service_hosts)
    with tool.database.transaction(EVERYWHERE) as session:
        other = namesake(session, facts["issuer"], facts["client_id"])
        if other is not None and other.source == "dynamic":
            raise SettingError(
                "A platform that registered itself has this client id already: look at 'lti-tool platform list' before you trust either."
            )
        registration = put_registration(session, **facts, deployment_ids=deployment_ids)
        registration.service_hosts = origins
        return str(registration.id)


def _check_addresses(facts: Mapping[str, object]) -> None:
    for name in _ADDRESSES:
        if name in facts and not acceptable_url(str(facts[name])):
            option = name.replace("_", "-")
            raise SettingError(
                f"--{option} must be an https address (http for this machine only)."
            )


def _origins(hosts: Sequence[str]) -> list[str]:
    """Return hosts as origins; a single empty one stands for none."""
    origins = [origin_of_host(host) for host in hosts if host]
    if "" in origins:
        raise SettingError(
            "--service-host must be a host such as school.example.org, without a path."
        )
    return sorted(set(origins))


def overview(tool: Tool) -> Iterator[str]:
    """Return one line a platform."""
    with tool.database.reading(EVERYWHERE) as session:
        found = session.scalars(select(Registration).order_by(Registration.id)).all()
        if not found:
            yield "No platform is registered yet: 'lti-tool platform add --help' says how."
        for registration in found:
            yield _line(session, registration)


def _line(session: Session, registration: Registration) -> str:
    courses = _count(
        session,
        select(func.count(Course.id))
        .join(Deployment, Deployment.id == Course.deployment_id)
        .where(Deployment.registration_id == registration.id),
    )
    people = _count(
        session,
        select(func.count(Person.id)).where(Person.registration_id == registration.id),
    )
    failed = connections.grades(session, registration.id, "failed")
    changed = connections.grades(session, registration.id, "changed")
    differing = f"{changed} different in the LMS, " if changed else ""
    last = registration.last_launch_at
    launched = f"last launch {last:%Y-%m-%d %H:%M} UTC" if last else "never launched"
    state = "" if registration.enabled else "  DISABLED"
    return f"{registration.id}  {registration.name}  {registration.issuer}  {connections.counted(courses, 'course')}, {people} {'person' if people == 1 else 'people'}, {connections.counted(failed, 'failed grade')}, {differing}{launched}{state}"


def _count(session: Session, query: object) -> int:
    return session.scalar(query) or 0  # type: ignore[call-overload]


def show(tool: Tool, registration_id: int) -> str:
    """Return what is known of a platform, our addresses to enter there, and what works."""
    known = _facts(tool, registration_id)
    return "\n".join([known, "", *connections.report(tool, registration_id)])


def _facts(tool: Tool, registration_id: int) -> str:
    base = tool.settings.base_url
    with tool.database.reading(EVERYWHERE) as session:
        found = _get(session, registration_id)
        deployments = (
            ", ".join(d.deployment_id for d in found.deployments) or "none yet"
        )
        accepts = (
            "any that a valid launch names" if found.open_deployments else "only these"
        )
        facts = {
            "name": found.name,
            "issuer": found.issuer,
            "client id": found.client_id,
            "authentication": found.auth_url,
            "access token": found.token_url,
            "keys": found.jwks_url,
            "service hosts": ", ".join(found.service_hosts) or "those above",
            "deployments": f"{deployments} (accepts {accepts})",
            "state": "enabled" if found.enabled else "disabled",
            **{k: str(v) for k, v in (found.provider or {}).items()},
            "enter there: login": f"{base}/lti/login",
            "enter there: redirect": f"{base}/lti/launch",
            "enter there: keyset": f"{base}/lti/jwks",
        }
    width = max(map(len, facts))
    return "\n".join(f"{name:<{width}}  {value}" for name, value in facts.items())


def change(
    tool: Tool,
    registration_id: int,
    changes: Mapping[str, str | int | None],
    service_hosts: Sequence[str] = (),
) -> str:
    """Change name, addresses or provider facts and return what they are now."""
    given = {k: v for k, v in changes.items() if v is not None}
    if not given and not service_hosts:
        raise SettingError(
            "Say what to change, such as --name or --contact; 'platform set --help' lists all."
        )
    for name in ("imprint", "logo"):
        if name in given and not acceptable_url(str(given[name])):
            raise SettingError(f"--{name} must be an https address.")
    _check_addresses(given)
    origins = _origins(service_hosts)
    spoken = {part.strip() for part in str(given.get("languages", "de")).split(",")}
    if not spoken <= set(LANGUAGES):
        raise SettingError(
            f"--languages must be of {', '.join(LANGUAGES)}, with commas between."
        )
    with tool.database.transaction(EVERYWHERE) as session:
        found = _get(session, registration_id)
        found.name = str(given.pop("name", found.name))
        if service_hosts:
            found.service_hosts = origins
        _connect(session, found, {k: str(given[k]) for k in _CONNECTION if k in given})
        found.provider = {
            **(found.provider or {}),
            **{k: v for k, v in given.items() if k in _PROVIDER},
        }
    return _facts(tool, registration_id)


def _connect(
    session: Session, registration: Registration, facts: Mapping[str, str]
) -> None:
    """Correct how a platform is reached; a token that was got the old way is forgotten."""
    if not facts:
        return
    client_id = facts.get("client_id", registration.client_id)
    other = find_registration(session, registration.issuer, client_id)
    if not client_id or other not in {None, registration}:
        raise SettingError(
            "--client-id must be the one that the platform gave this registration alone."
        )
    for name, value in facts.items():
        setattr(registration, name, value or None)
    session.execute(
        delete(TokenCache).where(TokenCache.registration_id == registration.id)
    )


def disable(tool: Tool, registration_id: int) -> str:
    """Refuse launches of a platform from now on, and end the visits that it opened."""
    with tool.database.transaction(EVERYWHERE) as session:
        found = _get(session, registration_id)
        found.enabled = False
        # Who is inside would stay there for the rest of the day.
        session.execute(
            delete(LaunchSession).where(LaunchSession.registration_id == found.id)
        )
        return f"{found.name} cannot launch any more; nothing was deleted."


def enable(tool: Tool, registration_id: int) -> str:
    """Accept launches of a disabled platform again."""
    with tool.database.transaction(EVERYWHERE) as session:
        found = _get(session, registration_id)
        found.enabled = True
        return f"{found.name} can launch again."


def _get(session: Session, registration_id: int) -> Registration:
    found = session.get(Registration, registration_id)
    if found is None:
        raise SettingError(
            f"There is no registration {registration_id}: 'lti-tool platform list' shows all."
        )
    return found
