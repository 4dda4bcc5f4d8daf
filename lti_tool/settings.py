"""What the environment says, checked once at the start; nothing half-configured runs."""

import ipaddress
import os
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from lti_tool.errors import SettingError
from lti_tool.resources import checkout_keys_dir

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_SHORTEST_SECRET = 16

IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

NAMES = (
    "LTI_TOOL_BASE_URL",
    "LTI_TOOL_INSTANCE",
    "LTI_TOOL_DATABASE_URL",
    "LTI_TOOL_SECRET_KEY",
    "LTI_TOOL_SECRET_KEY_OLD",
    "LTI_TOOL_DATA_KEY",
    "LTI_TOOL_KEYS",
    "LTI_TOOL_PROXY_HOPS",
    "LTI_TOOL_PRIVATE_PLATFORMS",
    "LTI_TOOL_CA_FILE",
    "LTI_TOOL_METRICS_TOKEN",
    "LTI_TOOL_SMTP_URL",
    "LTI_TOOL_MAIL_FROM",
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one installation; README.md explains each."""

    base_url: str
    instance: Path
    database_url: str
    secret_key: str = field(repr=False)
    data_keys: tuple[str, ...] = field(repr=False)
    keys: Path
    data_key_from: str = "LTI_TOOL_DATA_KEY"
    """The setting or the file that holds the data keys."""
    secret_key_old: str | None = field(default=None, repr=False)
    proxy_hops: int = 0
    private_platforms: tuple[IPNetwork, ...] = ()
    ca_file: Path | None = None
    metrics_token: str | None = field(default=None, repr=False)
    smtp_url: str | None = field(default=None, repr=False)
    mail_from: str | None = None

    @property
    def is_sqlite(self) -> bool:
        """Tell whether the database is embedded: one web process, one worker."""
        return self.database_url.startswith("sqlite")

    @property
    def is_loopback(self) -> bool:
        """Tell whether the tool is for this machine only."""
        return urlsplit(self.base_url).hostname in _LOOPBACK

    @property
    def jobs_file(self) -> Path:
        """Return where huey keeps its wake-ups on an embedded database."""
        return self.instance / "jobs.sqlite"

    @classmethod
    def from_environ(
        cls,
        environ: Mapping[str, str],
        texts_exist: Callable[[str], bool] = lambda _url: False,
    ) -> "Settings":
        """Read and check the settings; raise SettingError with one line that says what to change.

        ``texts_exist`` tells whether the database of a URL holds texts that a data key made now
        could not open.
        """
        unknown = [n for n in environ if n.startswith("LTI_TOOL_") and n not in NAMES]
        if unknown:
            raise SettingError(
                f"{unknown[0]} is not a setting of lti-tool; it knows {', '.join(NAMES)}."
            )
        base_url = _base_url(environ.get("LTI_TOOL_BASE_URL", ""))
        instance = Path(environ.get("LTI_TOOL_INSTANCE") or "instance").absolute()
        loopback = urlsplit(base_url).hostname in _LOOPBACK
        database_url = _database_url(environ, instance)
        data_key_file = None
        if loopback and not environ.get("LTI_TOOL_DATA_KEY"):
            data_key_file = instance / "data_key"
            _refuse_new_key(data_key_file, database_url, texts_exist)
        data_keys = _secret(
            environ, "LTI_TOOL_DATA_KEY", instance if loopback else None
        )
        return cls(
            base_url=base_url,
            instance=instance,
            database_url=database_url,
            secret_key=_secret(
                environ, "LTI_TOOL_SECRET_KEY", instance if loopback else None
            ),
            secret_key_old=environ.get("LTI_TOOL_SECRET_KEY_OLD") or None,
            data_keys=_data_keys(data_keys),
            data_key_from=str(data_key_file or "LTI_TOOL_DATA_KEY"),
            keys=_keys_dir(environ),
            proxy_hops=_number(environ, "LTI_TOOL_PROXY_HOPS"),
            private_platforms=_networks(environ),
            ca_file=_file(environ, "LTI_TOOL_CA_FILE"),
            metrics_token=environ.get("LTI_TOOL_METRICS_TOKEN") or None,
            smtp_url=environ.get("LTI_TOOL_SMTP_URL") or None,
            mail_from=environ.get("LTI_TOOL_MAIL_FROM") or None,
        )


def _base_url(value: str) -> str:
    url = value.strip().rstrip("/")
    if not url:
        raise SettingError(
            "LTI_TOOL_BASE_URL is missing: set it to the public address of the tool, such as https://tool.example.org."
        )
    parts = _split(url)
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
        raise SettingError(
            "LTI_TOOL_BASE_URL must be an address such as https://tool.example.org."
        )
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise SettingError(
            "LTI_TOOL_BASE_URL must begin with https:// (http is for localhost and 127.0.0.1 only)."
        )
    if parts.path or parts.query or parts.fragment or parts.username:
        raise SettingError(
            "LTI_TOOL_BASE_URL must end after host and port: no path, no query, no user name."
        )
    return url


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _database_url(environ: Mapping[str, str], instance: Path) -> str:
    url = (
        environ.get("LTI_TOOL_DATABASE_URL")
        or f"sqlite:///{instance / 'lti_tool.sqlite'}"
    )
    if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise SettingError(
            "LTI_TOOL_DATABASE_URL must begin with sqlite:/// or postgresql+psycopg://."
        )
    if not _is_readable(url):
        raise SettingError(
            "LTI_TOOL_DATABASE_URL cannot be read: sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST:PORT/NAME."
        )
    return url


def _is_readable(url: str) -> bool:
    if url.startswith("sqlite"):
        return "?" not in url and url.removeprefix("sqlite:///") not in {"", ":memory:"}
    parts = _split(url)
    return parts is not None and bool(parts.path.strip("/")) and parts.port != 0


def _secret(environ: Mapping[str, str], name: str, made_in: Path | None) -> str:
    value = environ.get(name, "")
    if not value and made_in is not None:
        return _made_secret(made_in / name.removeprefix("LTI_TOOL_").lower())
    if not value:
        raise SettingError(
            f"{name} is missing: set it to a random text, for instance the output of 'openssl rand -hex 32'."
        )
    if len(value.strip()) < _SHORTEST_SECRET:
        raise SettingError(f"{name} {_TOO_SHORT}")
    return value


_TOO_SHORT = f"is too short: it needs at least {_SHORTEST_SECRET} characters."


def _data_keys(value: str) -> tuple[str, ...]:
    keys = tuple(key.strip() for key in value.split(",") if key.strip())
    if not keys or any(len(key) < _SHORTEST_SECRET for key in keys):
        raise SettingError(f"A key in LTI_TOOL_DATA_KEY {_TOO_SHORT}")
    return keys


def _refuse_new_key(
    file: Path, database_url: str, texts_exist: Callable[[str], bool]
) -> None:
    if not file.exists() and texts_exist(database_url):
        raise SettingError(
            f"{file} is missing, and without it the texts in the database cannot be read: put it back from a backup, or set LTI_TOOL_DATA_KEY to the key with which they were encrypted."
        )


def _made_secret(file: Path) -> str:
    """Return the secret in the file, made at the first start; for loopback addresses only."""
    try:
        if not file.exists():
            _make_secret(file)
        is_open = file.stat().st_mode & 0o077
        secret = file.read_text().strip()
    except OSError as error:
        raise SettingError(
            f"{file} cannot be used ({error.strerror}): set LTI_TOOL_INSTANCE to a folder of your own."
        ) from error
    except UnicodeDecodeError:
        raise SettingError(f"{file} is damaged: restore it from a backup.") from None
    if is_open:
        raise SettingError(f"{file} can be read by others: run 'chmod 600 {file}'.")
    if len(secret) < _SHORTEST_SECRET:
        raise SettingError(f"{file} is damaged: restore it from a backup.")
    return secret


def _make_secret(file: Path) -> None:
    """Make the file in one step, so that nobody who starts meanwhile reads half a secret."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}-{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as opened:
        opened.write(secrets.token_hex(32))
    # Unlike a rename, a link fails where somebody else was faster.
    with suppress(FileExistsError):
        os.link(draft, file)
    draft.unlink()


def _keys_dir(environ: Mapping[str, str]) -> Path:
    named = environ.get("LTI_TOOL_KEYS")
    folder = Path(named).absolute() if named else checkout_keys_dir()
    if folder is None:
        raise SettingError(
            "LTI_TOOL_KEYS is missing: outside a checkout, name the folder of the signing keys."
        )
    return folder


def _number(environ: Mapping[str, str], name: str) -> int:
    value = environ.get(name) or "0"
    if not value.isdecimal():
        raise SettingError(f"{name} must be a number, such as 0 or 1.")
    return int(value)


def _networks(environ: Mapping[str, str]) -> tuple[IPNetwork, ...]:
    value = environ.get("LTI_TOOL_PRIVATE_PLATFORMS", "")
    try:
        return tuple(
            ipaddress.ip_network(n.strip()) for n in value.split(",") if n.strip()
        )
    except ValueError as error:
        raise SettingError(
            f"LTI_TOOL_PRIVATE_PLATFORMS must list networks such as 10.0.0.0/8: {error}."
        ) from error


def _file(environ: Mapping[str, str], name: str) -> Path | None:
    value = environ.get(name)
    if not value:
        return None
    if not Path(value).is_file():
        raise SettingError(f"{name} names a file that does not exist.")
    return Path(value).absolute()
