"""The command line; each command is one call into the house, each fault one line and exit 2."""

import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import isnan
from pathlib import Path
from typing import NoReturn

import click
from sqlalchemy.exc import DBAPIError

from lti_tool import keys
from lti_tool.app import build_tool
from lti_tool.errors import SettingError
from lti_tool.groups import solver
from lti_tool.groups.criteria import naming
from lti_tool.groups.solver import cohort
from lti_tool.logs import configure
from lti_tool.operation import (
    backup,
    doctor,
    invitations,
    platforms,
    running,
    schema,
    serving,
    traces,
)
from lti_tool.persistence import sealed
from lti_tool.persistence.session import EVERYWHERE
from lti_tool.settings import Settings
from lti_tool.web.tool import Tool

_WRONG = 2
_INTERRUPTED = 130
_ID = click.IntRange(1, 2**31 - 1)
_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def main() -> NoReturn:
    """Run the command line of this process."""
    configure()
    sys.exit(answer(sys.argv[1:]))


def answer(arguments: Sequence[str]) -> int:
    """Run a command and return its exit code; what the operator can mend is one line, no traceback."""
    try:
        result = cli.main(arguments, prog_name="lti-tool", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return _WRONG
    except (click.Abort, KeyboardInterrupt):
        return _INTERRUPTED
    except (click.ClickException, SettingError, DBAPIError, OSError) as error:
        click.echo(f"lti-tool: {' '.join(_line(error).split())}", err=True)
        return _WRONG
    return result if isinstance(result, int) else 0


def _line(error: Exception) -> str:
    match error:
        case click.ClickException():
            return error.format_message()
        case SettingError():
            return error.line
        case DBAPIError():
            return f"The database refused: {error.orig}"
        case OSError():
            return f"{error.filename or 'The system'}: {error.strerror or error}."
    return str(error)


def _settings() -> Settings:
    return Settings.from_environ(os.environ, sealed.exist)


@contextmanager
def _tool(*, at_any_revision: bool = False) -> Iterator[Tool]:
    tool = build_tool(_settings(), lambda _kind: None)
    try:
        tool.database.check()
        if not at_any_revision:
            schema.require_fitting(tool.database)
        yield tool
    finally:
        tool.database.close()


@click.group(context_settings=_CONTEXT)
@click.version_option(package_name="lti-tool")
def cli() -> None:
    """Project groups, self-reflection, certificate and grades for courses in an LMS (LTI 1.3)."""


@cli.command()
@click.option(
    "--port", default=8000, envvar="PORT", show_default=True, help="Port of the tool."
)
@click.option(
    "--lms-port",
    default=8001,
    envvar="LMS_PORT",
    show_default=True,
    help="Port of the practice LMS.",
)
def run(port: int, lms_port: int) -> None:
    """Run the tool, its worker and a practice LMS with example courses on this machine."""
    running.run(dict(os.environ), port, lms_port, click.echo)


@cli.command()
@click.option(
    "--bind",
    default="127.0.0.1:8000",
    show_default=True,
    help="HOST:PORT to listen on.",
)
@click.option(
    "--workers",
    default=1,
    show_default=True,
    type=click.IntRange(1, 64),
    help="Web processes.",
)
@click.option(
    "--no-worker", is_flag=True, help="On SQLite: do not start the worker too."
)
def serve(bind: str, workers: int, *, no_worker: bool) -> None:
    """Serve the tool behind a reverse proxy."""
    serving.serve(_settings(), bind, workers, with_worker=not no_worker)


@cli.command()
@click.option("--until-input-ends", is_flag=True, hidden=True)
def worker(*, until_input_ends: bool) -> None:
    """Do the background work: grades, rosters, group proposals."""
    settings = _settings()
    if until_input_ends:
        serving.stop_when_input_ends()
    serving.work(settings)


@cli.group()
def database() -> None:
    """Migrate, back up and restore the database."""


@database.command("upgrade")
@click.option("--plan", is_flag=True, help="Only say what would be done.")
def database_upgrade(*, plan: bool) -> None:
    """Bring the tables to what this version needs, and say whether that needs a pause."""
    settings = _settings()
    if settings.is_sqlite:
        settings.instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _tool(at_any_revision=True) as tool:
        click.echo(schema.plan(tool.database))
        if not plan:
            schema.upgrade(tool.database)
            have = schema.present(tool.database)
            click.echo(f"The database has the tables of revision “{have}” now.")


@database.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=str))
def database_backup(file: str) -> None:
    """Write a consistent backup of the running database to FILE."""
    # A new version makes one before it upgrades the tables.
    with _tool(at_any_revision=True) as tool:
        click.echo(backup.save(tool, file))


@database.command("restore")
@click.argument("file", type=click.Path(dir_okay=False, path_type=str))
def database_restore(file: str) -> None:
    """Restore FILE into an empty place; nothing is ever overwritten."""
    click.echo(backup.restore(_settings(), file))


@cli.group("keys")
def keys_group() -> None:
    """Look after the keys with which the tool signs."""


@keys_group.command("list")
def keys_list() -> None:
    """List the keys, their state and since when."""
    with _tool() as tool, tool.database.reading(EVERYWHERE) as session:
        found = keys.listed(session)
        if not found:
            click.echo("There is no key yet; the first start makes one.")
        for key in found:
            until = ""
            if key.use == "lti" and key.state == "retired":
                removable = key.state_since + keys.KEPT_PUBLISHED
                until = f", published until a rotation after {removable:%Y-%m-%d}"
            click.echo(
                f"{key.kid}  {key.use}  {key.state}  since {key.state_since:%Y-%m-%d %H:%M} UTC{until}"
            )


@keys_group.command("rotate")
@click.option(
    "--now",
    is_flag=True,
    help="Sign with the next key although platforms may not have fetched it.",
)
def keys_rotate(*, now: bool) -> None:
    """Publish a new key; called again a day later, sign with it. Keys of old are removed."""
    if now:
        click.echo(
            "Platforms that keep our keys for a while may refuse grades and lists of members until they fetch them anew."
        )
    with _tool() as tool:
        done = keys.rotate(tool.database, tool.key_folder, is_early=now)
    for kid in done.removed:
        click.echo(f"{kid} retired two weeks ago and is not published any more.")
    if done.step == "published":
        click.echo(
            f"{done.kid} is published. Run this again in a day, when platforms have fetched it."
        )
    else:
        click.echo(
            f"{done.kid} signs now; the old key stays published for {keys.KEPT_PUBLISHED.days} days."
        )


@cli.group()
def platform() -> None:
    """Look after the learning platforms that may launch the tool."""


_SERVICE_HOST = click.option(
    "--service-host",
    multiple=True,
    help="Host of its services where that is another one, as with Canvas (repeat it; '' for none).",
)


@platform.command("add")
@click.option("--name", required=True, help="How you call it.")
@click.option("--issuer", required=True, help="Its issuer (platform id).")
@click.option(
    "--client-id", required=True, help="The client id that it gave this tool."
)
@click.option("--auth-url", required=True, help="Its authentication request URL.")
@click.option("--token-url", required=True, help="Its access token URL.")
@click.option("--jwks-url", required=True, help="Its public keyset URL.")
@click.option(
    "--audience",
    help="What its token endpoint expects as audience, if not its own URL.",
)
@click.option(
    "--deployment-id", multiple=True, help="Accept only these deployments (repeat it)."
)
@_SERVICE_HOST
def platform_add(
    deployment_id: tuple[str, ...], service_host: tuple[str, ...], **facts: str
) -> None:
    """Register a platform by hand and print the registration id."""
    with _tool() as tool:
        click.echo(platforms.add(tool, facts, deployment_id, service_host))


@platform.command("invite")
@click.option("--name", help="How you will call the platform; else its host.")
@click.option(
    "--registration", type=_ID, help="Renew this registration in place of a new one."
)
def platform_invite(name: str | None, registration: int | None) -> None:
    """Print a one-time address at which an administrator registers a platform."""
    with _tool() as tool:
        address, note = invitations.invite(tool, name, registration)
    click.echo(address)
    click.echo(note, err=True)


@platform.command("list")
def platform_list() -> None:
    """List the platforms with courses, people, failed grades and the last launch."""
    with _tool() as tool:
        for line in platforms.overview(tool):
            click.echo(line)


@platform.command("show")
@click.argument("registration", type=_ID)
def platform_show(registration: int) -> None:
    """Show what is known of one platform, and what to enter there."""
    with _tool() as tool:
        click.echo(platforms.show(tool, registration))


@platform.command("set")
@click.argument("registration", type=_ID)
@click.option("--name", help="How you call it.")
@click.option("--client-id", help="The client id that it gave this tool.")
@click.option("--auth-url", help="Its authentication request URL.")
@click.option("--token-url", help="Its access token URL.")
@click.option("--jwks-url", help="Its public keyset URL.")
@click.option("--audience", help="What its token endpoint expects; '' for its own URL.")
@_SERVICE_HOST
@click.option("--contact", help="Whom participants may ask.")
@click.option("--imprint", help="Address of the provider's imprint.")
@click.option("--sender", help="The name under which mail is sent.")
@click.option("--logo", help="Address of a logo (https).")
@click.option(
    "--retention-months",
    type=click.IntRange(1, 120),
    help="How long to keep texts after a course.",
)
@click.option("--languages", help="Languages on offer, such as de,en.")
def platform_set(
    registration: int, service_host: tuple[str, ...], **changes: str | int | None
) -> None:
    """Change how a platform is reached, and what the tool says about who runs courses there."""
    with _tool() as tool:
        click.echo(platforms.change(tool, registration, changes, service_host))


@platform.command("disable")
@click.argument("registration", type=_ID)
def platform_disable(registration: int) -> None:
    """Refuse launches of a platform from now on; nothing is deleted."""
    with _tool() as tool:
        click.echo(platforms.disable(tool, registration))


@platform.command("enable")
@click.argument("registration", type=_ID)
def platform_enable(registration: int) -> None:
    """Accept launches of a disabled platform again."""
    with _tool() as tool:
        click.echo(platforms.enable(tool, registration))


@cli.group("groups")
def groups_group() -> None:
    """Form groups of a cohort that stands in a file."""


@groups_group.command("solve")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--seconds",
    default=60.0,
    show_default=True,
    type=click.FloatRange(min=0, max=86_400),
    help="Safety stop; what is found until then is printed.",
)
@click.option(
    "--seed",
    default=0,
    show_default=True,
    type=click.IntRange(0, 2**31 - 1),
    help="Chooses among equally good groups.",
)
def groups_solve(file: Path, seconds: float, seed: int) -> None:
    """Print the best groups of the cohort in FILE (JSON) and how far they are proven, as JSON.

    The smallest FILE has sizes, topics, and people who rank topics, the favourite first:

    \b
    {"size": {"min": 2, "preferred": 2, "max": 3},
     "topics": [{"id": 1, "groups_max": 1}, {"id": 2, "groups_max": 1}],
     "people": [{"id": 1, "wishes": [1, 2]}, {"id": 2, "wishes": [2]},
                {"id": 3, "wishes": [2, 1]}, {"id": 4}]}

    A person can also have "attributes" (numbers; groups are mixed by each), "minority" (true:
    nobody in a group is the only one) and "available" (numbers of weekly slots; then "slots"
    says how many there are). "apart" and "together" list pairs that must be, "with_wishes"
    pairs [who, wants]: {"apart": [[1, 2]]}. Ids are whole numbers from 0.

    The answer has status (optimal, bounded, heuristic, infeasible), cost (points, the fewer the
    better), bound (no groups cost less), stopped, seconds, groups ([topic, [people]]) and
    broken. If there are no groups, standard error says why.
    """  # noqa: D301 - click wants the backspace.
    if isnan(seconds):
        raise click.BadParameter("not a number", param_hint="--seconds")
    try:
        problem = cohort.read(file.read_bytes())
    except ValueError as error:
        raise click.ClickException(f"{file}: {error}") from error
    began = time.monotonic()
    solution = solver.solve(problem, solver.Limits(seed=seed, seconds=seconds))
    click.echo(cohort.answer(solution, time.monotonic() - began))
    if solution.status is solver.Status.INFEASIBLE:
        click.echo(naming.why_impossible(problem), err=True)


@cli.command("trace")
@click.argument("code")
def trace(code: str) -> int:
    """Show what happened under the CODE of an error page, an attempt or a line of the log."""
    with _tool() as tool:
        found = traces.follow(tool, code.strip().lower())
    for line in found or ["Nothing is known of this code; look for it in the log."]:
        click.echo(line)
    return 0 if found else 1


@cli.command("doctor")
def doctor_command() -> int:
    """Check settings, keys, database, clock, worker and platforms; say what to change."""
    return doctor.examine(_settings(), click.echo)
