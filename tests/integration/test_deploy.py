"""What deploy/ holds is well-formed, and says the same everywhere. (The package: tests/compat.)"""

import json
import re
import shutil
import subprocess

import jsonschema
import pytest
import yaml

from support.locations import REPOSITORY, pgfold_binary

DEPLOY = REPOSITORY / "deploy"
KUBERNETES = sorted((DEPLOY / "kubernetes").glob("*.yaml"))


def documents(path):
    return [d for d in yaml.safe_load_all(path.read_text()) if d]


def check(tmp_path, text: str) -> None:
    path = tmp_path / "pgfold.yaml"
    path.write_text(text)
    done = subprocess.run([pgfold_binary(), "check", "-c", path], capture_output=True, text=True,
                          timeout=20, env={"DATABASE_URL": "postgresql://db/shop"})
    assert done.returncode == 0, done.stderr
    schema = json.loads((REPOSITORY / "config" / "pgfold.schema.json").read_text())
    jsonschema.validate(yaml.safe_load(text), schema)


def test_the_configuration_of_the_package(tmp_path):
    text = (DEPLOY / "debian/pgfold.yaml").read_text()
    check(tmp_path, text.replace("/var/lib/pgfold", str(tmp_path)))


@pytest.mark.parametrize("path", KUBERNETES, ids=lambda path: path.name)
def test_kubernetes(path, tmp_path):
    by_kind = {}
    for one in documents(path):
        assert one["apiVersion"] and one["metadata"]["name"], one
        by_kind.setdefault(one["kind"], []).append(one)
    (config,) = by_kind["ConfigMap"]
    (deployment,) = by_kind["Deployment"]
    settings = yaml.safe_load(config["data"]["pgfold.yaml"])
    check(tmp_path, config["data"]["pgfold.yaml"])
    spec = deployment["spec"]["template"]["spec"]
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert deployment["spec"]["selector"]["matchLabels"].items() <= labels.items()
    containers = spec["containers"] + spec.get("initContainers", [])
    (pgfold,) = [c for c in containers if c["name"] == "pgfold"]
    names = {port["name"] for port in pgfold["ports"]}
    for probe in ("readinessProbe", "livenessProbe", "startupProbe"):
        if probe in pgfold:
            assert pgfold[probe]["httpGet"]["port"] in names
    volumes = {volume["name"] for volume in spec["volumes"]}
    for mount in pgfold["volumeMounts"]:
        assert mount["name"] in volumes and "subPath" not in mount
    assert pgfold["securityContext"]["readOnlyRootFilesystem"]
    for service in by_kind.get("Service", []):
        assert service["spec"]["selector"].items() <= labels.items()
        assert all(port["targetPort"] in names for port in service["spec"]["ports"])
    for budget in by_kind.get("PodDisruptionBudget", []):
        assert budget["spec"]["selector"]["matchLabels"].items() <= labels.items()

    def seconds(text: str) -> int:
        return int(text.removesuffix("s"))

    limits = settings["limits"]
    pause = seconds(limits["drain_grace"]) + seconds(limits["drain_timeout"])
    for container in containers:
        if "preStop" in container.get("lifecycle", {}):
            pause += int(container["lifecycle"]["preStop"]["exec"]["command"][1])
    assert spec["terminationGracePeriodSeconds"] > pause


def test_the_chart_and_the_manifest_agree(tmp_path):
    values = yaml.safe_load((DEPLOY / "helm/pgfold/values.yaml").read_text())
    check(tmp_path, yaml.safe_dump(values["config"]))
    (config,) = [d for d in documents(DEPLOY / "kubernetes/standalone.yaml")
                 if d["kind"] == "ConfigMap"]
    assert values["config"] == yaml.safe_load(config["data"]["pgfold.yaml"])
    templates = "".join(p.read_text() for p in (DEPLOY / "helm/pgfold/templates").iterdir())
    for path in set(re.findall(r"\.Values\.([\w.]+)", templates)):
        value = values
        for key in path.split("."):
            assert key in value, f"values.yaml lacks {path}"
            value = value[key]


@pytest.mark.skipif(not shutil.which("helm"), reason="helm is not here")
def test_the_chart_renders():
    done = subprocess.run(["helm", "template", "shop", DEPLOY / "helm/pgfold", "--set",
                           "database.url=postgresql://db/shop"], capture_output=True, text=True,
                          timeout=60)
    assert done.returncode == 0, done.stderr
    assert len([d for d in yaml.safe_load_all(done.stdout) if d]) >= 6


def test_compose(tmp_path):
    compose = yaml.safe_load((DEPLOY / "compose/compose.yaml").read_text())
    services = compose["services"]
    assert set(services) == {"app", "pgfold", "postgres", "prometheus", "grafana"}
    text = (DEPLOY / "compose/pgfold/pgfold.yaml").read_text()
    check(tmp_path, text.replace("/var/lib/pgfold", str(tmp_path)))  # as in the container
    for service in services.values():
        assert set(service.get("depends_on", {})) <= set(services)
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("."):
                assert (DEPLOY / "compose" / source).exists(), source


def test_the_image_has_the_libraries_of_the_program():
    """Each library that the program names comes with a package of the Dockerfile."""
    needed = subprocess.run(["objdump", "-p", pgfold_binary()], capture_output=True, text=True,
                            check=True, timeout=60).stdout
    dockerfile = (DEPLOY / "docker/Dockerfile").read_text()
    base = {"libc.so.6", "libm.so.6", "libgcc_s.so.1", "libstdc++.so.6", "libcrypto.so.3"}
    for library in set(re.findall(r"NEEDED\s+(\S+)", needed)) - base:
        if "san.so" in library or library.startswith("ld-linux"):
            continue
        owner = subprocess.run(["dpkg", "-S", f"*/{library}"], capture_output=True, text=True,
                               timeout=60).stdout.split(":")[0]
        assert f" {owner} " in dockerfile.replace("\\\n", " "), f"{owner} for {library}"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not here")
def test_systemd_units(tmp_path):
    for unit in ("pgfold.service", "pgfold.socket"):
        text = (DEPLOY / "systemd" / unit).read_text()
        # It asks whether programs exist.
        (tmp_path / unit).write_text(text.replace("/usr/bin/pgfold", "/bin/true"))
    done = subprocess.run(["systemd-analyze", "verify", tmp_path / "pgfold.service",
                           tmp_path / "pgfold.socket"], capture_output=True, text=True, timeout=60)
    # It also looks at what else is installed.
    about_ours = [line for line in done.stderr.splitlines() if "pgfold" in line]
    assert done.returncode == 0 and not about_ours, done.stderr
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=20",
                           tmp_path / "pgfold.service"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout
