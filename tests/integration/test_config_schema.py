"""The JSON Schema says of a file what `pgfold check` says of it, as far as a schema can."""

import json
import subprocess

import jsonschema
import pytest
import yaml

from support.locations import REPOSITORY, pgfold_binary


@pytest.fixture(scope="module")
def schema():
    printed = subprocess.run([pgfold_binary(), "check", "--schema"], capture_output=True, text=True,
                             check=True, timeout=20).stdout
    assert printed == (REPOSITORY / "config" / "pgfold.schema.json").read_text()
    schema = json.loads(printed)
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def check(folder, text: str) -> bool:
    path = folder / "pgfold.yaml"
    path.write_text(text)
    done = subprocess.run([pgfold_binary(), "check", "-c", path], capture_output=True, text=True,
                          timeout=20)
    assert done.returncode in (0, 2), done.stderr
    return done.returncode == 0


@pytest.mark.parametrize("path", sorted((REPOSITORY / "config" / "examples").glob("*.yaml")),
                         ids=lambda path: path.name)
def test_the_examples_are_valid(schema, path):
    schema.validate(yaml.safe_load(path.read_text()))


@pytest.mark.parametrize("text, valid", [
    ("", True),
    ("listen: 127.0.0.1:0", True),
    ("listen: [127.0.0.1:0, 'unix:/tmp/x']", True),
    ("listen: {a: b}", False),
    ("listening: 127.0.0.1:0", False),
    ("admin:", True),
    ("admin: {listen: 127.0.0.1:0, token: '${NO_SUCH_TOKEN:-}'}", True),
    ("admin: {tokens: x}", False),
    ("admin: yes", False),
    ("threads: auto", True),
    ("threads: 3", True),
    ("threads: ${NO_SUCH_THREADS:-auto}", True),
    ("threads: 0", False),
    ("threads: 3.5", False),
    ("threads: many", False),
    ("threads: 100000", False),
    ("detect: {idle_gap: 1.5s, slow_query: 0}", True),
    ("detect: {idle_gap: 250 ms}", True),
    ("detect: {idle_gap: 250}", False),
    ("detect: {idle_gap: soon}", False),
    ("detect: {enabled: false}", True),
    ("detect: {enabled: 'no'}", True),
    ("detect: {enabled: perhaps}", False),
    ("log: {level: debug}", True),
    ("log: {level: loud}", False),
    ("comments: strip", True),
    ("comments: [strip]", False),
    ("suppress: [{fingerprint: 0123456789012345, reason: known}]", True),
    ("suppress: [{finger: 0123456789012345, reason: known}]", False),
    ("suppress: {route: x}", False),
    ("- listen", False),
])
def test_the_schema_agrees_with_check(schema, tmp_path, text, valid):
    assert check(tmp_path, text) == valid
    assert schema.is_valid(yaml.safe_load(text)) == valid
