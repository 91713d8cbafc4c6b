"""A throwaway certificate authority and what it signed, made with the openssl program."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Optional


class Certificates:
    """Files in `directory`: ca.crt, other_ca.crt, and NAME.crt/NAME.key for

    - server:   localhost and 127.0.0.1, what PostgreSQL shows
    - proxy:    the same names with another key, what pgfold shows
    - client:   CN=cert_user
    - stranger: localhost, signed by the other authority
    - elsewhere: a name that nobody connects to
    """

    def __init__(self, directory: Path):
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        for authority in ("ca", "other_ca"):
            self._openssl(
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                "-nodes", "-days", "3650", "-subj", f"/CN=pgfold test {authority}",
                "-keyout", f"{authority}.key", "-out", f"{authority}.crt")
        local = "subjectAltName=DNS:localhost,IP:127.0.0.1"
        self._issue("server", "ca", "localhost", local)
        self._issue("proxy", "ca", "localhost", local)
        self._issue("client", "ca", "cert_user", None)
        self._issue("stranger", "other_ca", "localhost", local)
        self._issue("elsewhere", "ca", "elsewhere.test", "subjectAltName=DNS:elsewhere.test")

    def path(self, name: str) -> Path:
        return self.directory / name

    def for_user(self, user: str, names: list, target: Path) -> None:
        """Copies files to `target` with the owner and mode that PostgreSQL insists on."""
        for name in names:
            copy = target / name
            shutil.copy(self.path(name), copy)
            os.chmod(copy, 0o600)
            if os.geteuid() == 0:
                shutil.chown(copy, user, user)

    def _issue(self, name: str, authority: str, common_name: str, extension: Optional[str]) -> None:
        self._openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-subj", f"/CN={common_name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
        arguments = ["x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.crt",
                     "-CAkey", f"{authority}.key", "-CAcreateserial", "-days", "3650",
                     "-out", f"{name}.crt"]
        if extension:
            (self.directory / f"{name}.ext").write_text(extension + "\n")
            arguments += ["-extfile", f"{name}.ext"]
        self._openssl(*arguments)
        os.chmod(self.directory / f"{name}.key", 0o600)

    def _openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self.directory, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
