"""Drivers of Rust."""

import pytest

from compat import registry
from support.driver_check import check_driver


@pytest.fixture(scope="module")
def package():
    registry.require("cargo")
    folder = registry.install("rust", [["cargo", "fetch", "--locked"]], ["Cargo.toml", "Cargo.lock"])
    registry.run_or_skip("rust", ["cargo", "build", "--locked", "-q"], folder)
    return folder / "target" / "debug"


@pytest.mark.timeout(700)
def test_tokio_postgres(package, driver_tables, start_pgfold, pg, certificates):
    check_driver([package / "tokio_postgres"], start_pgfold, pg, certificates)
