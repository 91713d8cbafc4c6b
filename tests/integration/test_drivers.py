"""Real drivers, each in its own language: what they print does not depend on the way they connect.

See drivers/README.md. A driver whose toolchain is missing is skipped, with the reason.
"""

import pytest

from support.driver_check import check_driver


@pytest.mark.timeout(200)
def test_driver(driver, start_pgfold, pg, certificates):
    check_driver(driver, start_pgfold, pg, certificates)
