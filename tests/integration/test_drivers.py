"""Real drivers, each in its own language: what they print does not depend on the way they connect.

See drivers/README.md. A driver whose toolchain is missing is skipped, with the reason.
"""

import pytest

from support import drivers
from support.postgres import PASSWORD


@pytest.mark.usefixtures("driver_tables")
@pytest.mark.timeout(200)
def test_driver(driver, direct, start_pgfold, pg, certificates):
    secure = {"user": "scram_user", "password": PASSWORD, "sslmode": "verify-full",
              "sslrootcert": certificates.path("ca.crt")}
    expected = drivers.run(driver, direct.environment(**secure))
    print("\n".join(expected))
    # The program did all of it, or says what its driver has no way to do.
    assert list(dict.fromkeys(line.split(":")[0] for line in expected)) == drivers.CHECKS

    process = start_pgfold(pg.endpoint.dsn(), config={"tls": {
        "mode": "allow", "cert": str(certificates.path("proxy.crt")),
        "key": str(certificates.path("proxy.key"))}})
    assert drivers.run(driver, process.endpoint.environment(user="trust_user")) == expected
    assert drivers.run(driver, process.endpoint.environment(**secure)) == expected

    findings = process.get_json("/api/v1/findings")["findings"]
    found = [f for f in findings if f["class"] == "n_plus_one" and f["tables"] == ["driver_item"]]
    assert found, f"the loop was not reported: {findings}"
    assert found[0]["parent"]["columns"] == ["id"]
    assert sum(f["lookups"] for f in found) >= 2 * 20
    others = [f for f in findings if f["class"] == "n_plus_one" and f not in found]
    assert not others, others
