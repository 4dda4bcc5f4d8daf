"""Leaves out what needs data that is not shipped."""

import os

import pytest


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Leave out tests on PrefLib's data where PREFLIB_DIR does not say where it is."""
    if os.environ.get("PREFLIB_DIR"):
        return
    left_out = [item for item in items if "preflib" in item.fixturenames]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]
