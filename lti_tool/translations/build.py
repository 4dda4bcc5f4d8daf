# ruff: noqa: INP001  # A build hook, in no package.
"""Compiles the message catalogs whenever a wheel or an editable install is made."""

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


def compile_catalogs(folder: Path) -> int:
    """Write a ``messages.mo`` beside each ``messages.po`` below the folder; return how many."""
    count = 0
    for source in folder.rglob("messages.po"):
        with source.open("rb") as file:
            catalog = read_po(file)
        with source.with_suffix(".mo").open("wb") as file:
            write_mo(file, catalog)
        count += 1
    return count


class CatalogBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Hatch runs this before it collects the files."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002  # hatch's signature
        """Compile every catalog, so that no language is missing from a build."""
        compile_catalogs(Path(self.root) / "lti_tool" / "translations")
