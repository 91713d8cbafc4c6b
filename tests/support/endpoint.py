"""An address that speaks PostgreSQL: the server itself, or pgfold in front of it."""

import os
from dataclasses import dataclass, field
from typing import Dict, Mapping

DATABASE = "app"
SUPERUSER = "postgres"


def _quote(value: object) -> str:
    text = str(value).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{text}'"


@dataclass(frozen=True)
class Endpoint:
    """`label` names it in failures: "direct" or "pgfold"."""

    label: str
    host: str  # a name, an address, or the folder of a Unix socket
    port: int
    defaults: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.label

    def parameters(self, **overrides: object) -> Dict[str, object]:
        """libpq's keywords. None takes a keyword away."""
        merged: Dict[str, object] = {
            "host": self.host, "port": self.port, "user": SUPERUSER, "dbname": DATABASE,
            "sslmode": "disable", "connect_timeout": 20,
        }
        merged.update(self.defaults)
        merged.update(overrides)
        return {name: value for name, value in merged.items() if value is not None}

    def dsn(self, **overrides: object) -> str:
        return " ".join(f"{k}={_quote(v)}" for k, v in self.parameters(**overrides).items())

    def environment(self, **overrides: object) -> Dict[str, str]:
        """The process environment with PG* set to this endpoint, for programs and drivers."""
        names = {
            "host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "dbname": "PGDATABASE",
            "password": "PGPASSWORD", "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT",
            "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY", "connect_timeout": "PGCONNECT_TIMEOUT",
            "channel_binding": "PGCHANNELBINDING", "application_name": "PGAPPNAME",
            "target_session_attrs": "PGTARGETSESSIONATTRS", "gssencmode": "PGGSSENCMODE",
        }
        env = {k: v for k, v in os.environ.items() if not k.startswith("PG") or k == "PG_BIN"}
        env.pop("DATABASE_URL", None)
        env.update({"LC_ALL": "C.UTF-8", "TZ": "UTC", "PGTZ": "UTC"})
        for name, value in self.parameters(**overrides).items():
            env[names[name]] = str(value)
        return env
