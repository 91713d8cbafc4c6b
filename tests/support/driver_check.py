"""What every driver program must show."""

from typing import List

from support import drivers
from support.postgres import PASSWORD


def check_driver(command: List[object], start_pgfold, pg, certificates) -> None:
    """The same lines directly, through pgfold, and through pgfold over TLS with SCRAM; the loop
    is reported, and nothing else is."""
    secure = {"user": "scram_user", "password": PASSWORD, "sslmode": "verify-full",
              "sslrootcert": certificates.path("ca.crt"), "host": "localhost"}
    expected = drivers.run(command, pg.endpoint.environment(**secure))
    print("\n".join(expected))
    # The program did all of it, or says what its driver has no way to do.
    assert list(dict.fromkeys(line.split(":")[0] for line in expected)) == drivers.CHECKS

    process = start_pgfold(pg.endpoint.dsn(), config={"tls": {
        "mode": "allow", "cert": str(certificates.path("proxy.crt")),
        "key": str(certificates.path("proxy.key"))}})
    plain = process.endpoint.environment(user="trust_user")
    assert drivers.run(command, plain) == expected
    assert drivers.run(command, process.endpoint.environment(**secure)) == expected

    findings = process.get_json("/api/v1/findings")["findings"]
    found = [f for f in findings if f["class"] == "n_plus_one" and f["tables"] == ["driver_item"]]
    assert found, f"the loop was not reported: {findings}"
    assert {tuple(f["parent"]["columns"]) for f in found} == {("id",)}
    assert sum(f["lookups"] for f in found) >= 2 * 20
    others = [f for f in findings if f["class"] == "n_plus_one" and f not in found]
    assert not others, others
