"""The Debian package is built, installed, run, and removed, above an overlay of this machine."""

import os
import subprocess
import textwrap
from pathlib import Path

import pytest

from support.locations import pgfold_binary

BUILD = pgfold_binary().parent

# Nothing of it reaches the machine: the overlay's upper half is in memory, and goes with the process.
SCRIPT = """
set -eu
root=$1 package=$2 upstream=$3
mount -t tmpfs tmpfs "$root"
mkdir "$root/upper" "$root/work" "$root/all"
mount -t overlay overlay -o "lowerdir=/,upperdir=$root/upper,workdir=$root/work" "$root/all"
mount -t proc proc "$root/all/proc"
mount --bind /dev "$root/all/dev"
cp "$package" "$root/all/tmp/pgfold.deb"
cat >"$root/all/tmp/inside" <<'INSIDE'
set -eu
dpkg --install /tmp/pgfold.deb
id pgfold
stat -c '%U:%G %a %n' /etc/pgfold/pgfold.yaml /var/lib/pgfold
dpkg-query -W -f='${Conffiles}\\n' pgfold
DATABASE_URL=$1 setpriv --reuid=pgfold --regid=pgfold --clear-groups \\
    /usr/bin/pgfold check -c /etc/pgfold/pgfold.yaml
DATABASE_URL=$1 setpriv --reuid=pgfold --regid=pgfold --clear-groups \\
    /usr/bin/pgfold run -c /etc/pgfold/pgfold.yaml --listen 127.0.0.1:0 --admin 127.0.0.1:0 \\
    2>/tmp/pgfold.log &
pid=$!
until grep -q ^ready: /tmp/pgfold.log; do
    kill -0 "$pid" || { cat /tmp/pgfold.log; exit 1; }
    sleep 0.1
done
url=$(sed -n 's|^ready: postgresql://\\([^ ]*\\) .*|\\1|p' /tmp/pgfold.log)
psql -XAtc "SELECT 'through the package'" "postgresql://postgres@$url/app"
kill "$pid"
wait "$pid"
dpkg --remove pgfold
test -e /etc/pgfold/pgfold.yaml && echo kept
dpkg --purge pgfold
test ! -e /etc/pgfold/pgfold.yaml && test ! -e /var/lib/pgfold && echo gone
INSIDE
exec chroot "$root/all" bash /tmp/inside "$upstream"
"""


def can_mount() -> bool:
    return os.geteuid() == 0 and subprocess.run(
        ["unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True,
        timeout=30).returncode == 0


@pytest.fixture(scope="module")
def package(tmp_path_factory) -> Path:
    if not (BUILD / "CPackConfig.cmake").exists():
        pytest.skip(f"{BUILD} is no build folder")
    folder = tmp_path_factory.mktemp("package")
    done = subprocess.run(["cpack", "-G", "DEB", "-B", folder], cwd=BUILD, capture_output=True,
                          text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = folder.glob("pgfold_*.deb")
    return made


def test_what_is_in_it(package):
    names = subprocess.run(["dpkg-deb", "--contents", package], capture_output=True, text=True,
                           check=True).stdout
    for name in ("/usr/bin/pgfold", "/lib/systemd/system/pgfold.service", "/etc/default/pgfold",
                 "/usr/share/doc/pgfold/docs/configuration.md", "/usr/share/doc/pgfold/copyright"):
        assert f".{name}\n" in names, names
    fields = subprocess.run(["dpkg-deb", "--field", package], capture_output=True, text=True,
                            check=True).stdout
    assert "libpq5" in fields and "libcurl4" in fields and "adduser" in fields


@pytest.mark.timeout(300)
def test_it_is_installed_run_and_removed(package, pg, tmp_path):
    if not can_mount():
        pytest.skip("needs to be root, and to mount")
    root = tmp_path / "root"
    root.mkdir()
    done = subprocess.run(
        ["unshare", "-m", "bash", "-c", textwrap.dedent(SCRIPT), "inside", root, package,
         pg.endpoint.dsn()], capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    for line in ("root:pgfold 640 /etc/pgfold/pgfold.yaml", "pgfold:pgfold 750 /var/lib/pgfold",
                 "/etc/pgfold/pgfold.yaml: valid", "through the package", "kept", "gone"):
        assert line in lines, done.stdout + done.stderr
