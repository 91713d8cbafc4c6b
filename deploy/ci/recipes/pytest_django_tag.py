"""Names the running test to pgfold, so that `pgfold guard -- pytest` says which test loops.

Copy it next to conftest.py and load it there:

    pytest_plugins = ["pytest_django_tag"]

Only what a test itself does is tagged, not what its fixtures prepare. Without pgfold nothing
happens. Works with any driver of PostgreSQL that Django has, with pytest-django or without.
"""

import os

import pytest
from django.db.backends.signals import connection_created

_running = ""


def _tag(execute, sql, params, many, context):
    """Around every statement: tells a connection about the test before its first one."""
    connection = context["connection"]
    if connection.pgfold_told != _running:
        connection.pgfold_told = _running
        with connection.connection.cursor() as cursor:
            cursor.execute("SELECT set_config('pgfold.tag', %s, false)", [_running])
    return execute(sql, params, many, context)


def _connected(connection, **_):
    if connection.vendor != "postgresql":
        return
    connection.pgfold_told = ""
    if _tag not in connection.execute_wrappers:
        connection.execute_wrappers.insert(0, _tag)


if "PGFOLD_GUARD" in os.environ:
    connection_created.connect(_connected, dispatch_uid="pgfold")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item):
    global _running
    _running = item.nodeid
    yield
    _running = ""
