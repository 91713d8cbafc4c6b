"""A throwaway PostgreSQL server."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
from pathlib import Path
from typing import Dict, Mapping, Optional

from support.certificates import Certificates
from support.endpoint import DATABASE, SUPERUSER, Endpoint
from support.locations import postgres_bin
from support.process import Process
from support.waiting import wait_until

PASSWORD = "p@ss'w\\ord é"

# One user per authentication method, all with the same password.
AUTHENTICATION_USERS = {
    "trust_user": "trust", "password_user": "password", "md5_user": "md5",
    "scram_user": "scram-sha-256",
}

HBA = """
local all all trust
local replication all trust
hostssl all cert_user 127.0.0.1/32 cert
host    all cert_user 127.0.0.1/32 reject
hostssl all tls_user  127.0.0.1/32 scram-sha-256
hostnossl all plain_user 127.0.0.1/32 trust
host all password_user 127.0.0.1/32 password
host all md5_user 127.0.0.1/32 md5
host all scram_user 127.0.0.1/32 scram-sha-256
host all rejected_user 127.0.0.1/32 reject
host all all 127.0.0.1/32 trust
host replication all 127.0.0.1/32 trust
"""

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "127.0.0.1", "max_connections": "300", "shared_buffers": "64MB",
    "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
    "autovacuum": "off", "wal_level": "logical", "max_prepared_transactions": "10",
    "max_wal_senders": "20", "max_replication_slots": "20", "min_wal_size": "32MB",
    "shared_preload_libraries": "pg_stat_statements", "compute_query_id": "on",
    "log_min_messages": "warning", "timezone": "UTC", "log_timezone": "UTC",
    "lc_messages": "C", "hot_standby": "on", "superuser_reserved_connections": "3",
}


def server_user() -> Optional[str]:
    """PostgreSQL refuses to run as root: then it runs as its own user."""
    return "postgres" if os.geteuid() == 0 else None


def free_port() -> int:
    """PostgreSQL cannot take port 0. Nobody else gets this one unless they pick it by name."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Postgres(Process):
    """Flow: Postgres(directory, …).initialize().start() … stop().

    The data directory, the socket and the log are inside `directory`, whose parents must be
    readable by the server's user.
    """

    def __init__(self, directory: Path, *, certificates: Optional[Certificates] = None,
                 settings: Optional[Dict[str, Optional[str]]] = None, hba: str = HBA,
                 bin_directory: Optional[Path] = None):
        super().__init__("postgres", directory / "postgres.log")
        self.directory = directory
        self.data = directory / "data"
        self.bin = bin_directory or postgres_bin()
        self.port = 0
        self._certificates = certificates
        self._settings = {**SETTINGS, **(settings or {})}
        self._hba = hba
        directory.mkdir(parents=True, exist_ok=True)
        self._give_to_server(directory)

    # Life

    def initialize(self, template: Optional["Postgres"] = None) -> "Postgres":
        """initdb, or a copy of a stopped `template`, which is faster."""
        if template is not None:
            self.run_as_server("cp", "-a", template.data, self.data)
        else:
            self.run_as_server(
                self.bin / "initdb", "--pgdata", self.data, "--username", SUPERUSER, "--no-sync",
                "--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8")
        self.configure()
        return self

    def initialize_as_standby(self, primary: "Postgres") -> "Postgres":
        """A streaming standby, from a base backup of a running `primary`."""
        self.run_as_server(
            self.bin / "pg_basebackup", "-D", self.data, "-X", "stream", "-c", "fast", "-d",
            f"host={primary.directory} port={primary.port} user={SUPERUSER}")
        self.run_as_server("touch", self.data / "standby.signal")
        self._settings["primary_conninfo"] = \
            f"host=127.0.0.1 port={primary.port} user={SUPERUSER} sslmode=disable"
        self.configure()
        return self

    def configure(self) -> None:
        settings = dict(self._settings)
        settings["unix_socket_directories"] = str(self.directory)
        if self._certificates is not None:
            self._certificates.for_user(
                server_user() or "", ["server.crt", "server.key", "ca.crt"], self.data)
            settings.update({"ssl": "on", "ssl_cert_file": "server.crt",
                             "ssl_key_file": "server.key", "ssl_ca_file": "ca.crt"})
        lines = ["{} = '{}'\n".format(name, value.replace("'", "''"))
                 for name, value in settings.items() if value is not None]
        (self.data / "postgresql.auto.conf").write_text("".join(lines))
        (self.data / "pg_hba.conf").write_text(self._hba)
        self._give_to_server(self.data / "postgresql.auto.conf")
        self._give_to_server(self.data / "pg_hba.conf")

    def start(self) -> "Postgres":
        for _ in range(5):  # the port may be taken between finding it and using it
            if not self.port:
                self.port = free_port()
            self._launch()
            if self._wait_until_ready():
                return self
            self.port = 0
        raise AssertionError(f"PostgreSQL does not start:\n{self.output()}")

    def restart(self) -> None:
        """Again on the same port, after stop() or kill()."""
        self._launch()
        assert self._wait_until_ready(), f"PostgreSQL does not restart:\n{self.output()}"

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT is a fast shutdown, SIGTERM a smart one, SIGQUIT an immediate one."""
        if self.is_running():
            self.signal(how)
            self.wait()

    def reload(self) -> None:
        self.signal(signal.SIGHUP)

    def _launch(self) -> None:
        self.spawn([self.bin / "postgres", "-D", self.data, "-p", self.port], user=server_user(),
                   cwd=self.directory, env={"LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"],
                                            **({"LD_LIBRARY_PATH": os.environ["LD_LIBRARY_PATH"]}
                                               if "LD_LIBRARY_PATH" in os.environ else {})})

    def _wait_until_ready(self) -> bool:
        pid_file = self.data / "postmaster.pid"

        def state() -> str:
            if not self.is_running():
                return "ended"
            try:
                lines = pid_file.read_text().splitlines()
            except (FileNotFoundError, PermissionError):
                return ""
            return "ready" if len(lines) > 7 and lines[0] == str(self.pid) and \
                lines[7].strip() in ("ready", "standby") else ""

        return wait_until(state, "PostgreSQL to accept connections", 60) == "ready"

    # Use

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint("direct", "127.0.0.1", self.port)

    @property
    def socket_endpoint(self) -> Endpoint:
        return Endpoint("direct", str(self.directory), self.port)

    def psql(self, sql: str, database: str = DATABASE) -> str:
        """Runs SQL over the Unix socket, past everything under test. Returns rows, unadorned."""
        # psql is always Debian's: the binaries of other versions come without it.
        done = subprocess.run(
            [postgres_bin() / "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-f", "-"],
            input=sql, text=True, capture_output=True,
            env=self.socket_endpoint.environment(dbname=database))
        assert done.returncode == 0, done.stderr
        return done.stdout.rstrip("\n")

    def create_database(self) -> "Postgres":
        """The database, users and extensions that the tests expect."""
        self.psql(f"CREATE DATABASE {DATABASE}", "postgres")
        secret = PASSWORD.replace("'", "''")
        statements = ["SET standard_conforming_strings = on"]
        for user, method in {**AUTHENTICATION_USERS, "tls_user": "scram-sha-256",
                             "cert_user": "scram-sha-256", "plain_user": "scram-sha-256",
                             "rejected_user": "scram-sha-256"}.items():
            encryption = "md5" if method == "md5" else "scram-sha-256"
            statements += [f"SET password_encryption = '{encryption}'",
                           f"CREATE ROLE {user} LOGIN PASSWORD '{secret}'",
                           f"GRANT ALL ON DATABASE {DATABASE} TO {user}",
                           f"GRANT ALL ON SCHEMA public TO {user}"]
        self.psql(";\n".join(statements) + ";")
        return self

    def backends(self, condition: str = "backend_type = 'client backend'") -> int:
        """How many backends there are, besides the one that counts."""
        return int(self.psql(f"SELECT count(*) FROM pg_stat_activity WHERE {condition} "
                             "AND pid <> pg_backend_pid()"))

    def wait_until_sleeping(self, pid: int) -> None:
        """Until that backend is inside pg_sleep()."""
        wait_until(lambda: self.psql("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
                                     f" AND pid = {pid}"), f"backend {pid} to sleep")

    def wait_until_gone(self, pid: int) -> None:
        wait_until(lambda: not self.psql(f"SELECT 1 FROM pg_stat_activity WHERE pid = {pid}"),
                   f"backend {pid} to end")

    # Files

    def run_as_server(self, *command: object) -> None:
        identity = {}
        user = server_user()
        if user:
            identity = {"user": user, "group": user, "extra_groups": []}
        done = subprocess.run([str(part) for part in command], cwd=self.directory,
                              capture_output=True, text=True, **identity)
        assert done.returncode == 0, f"{command}:\n{done.stdout}\n{done.stderr}"

    def _give_to_server(self, path: Path) -> None:
        user = server_user()
        if user:
            entry = pwd.getpwnam(user)
            os.chown(path, entry.pw_uid, entry.pw_gid)

    def remove(self) -> None:
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.directory, ignore_errors=True)
