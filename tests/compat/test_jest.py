"""`pgfold guard` around Jest, with the recipe that names the running test."""

import json
import shutil
import subprocess

import pytest

from compat import registry
from support.locations import REPOSITORY, pgfold_binary


@pytest.mark.timeout(200)
def test_each_test_is_named(driver_tables, direct):
    folder = registry.npm("jest")
    shutil.copy(REPOSITORY / "deploy" / "ci" / "recipes" / "jest_tag.js", folder)
    done = subprocess.run([pgfold_binary(), "guard", "--format", "json", "--",
                           "node_modules/.bin/jest", "--no-cache"], cwd=folder, text=True,
                          capture_output=True, env=direct.environment(user="trust_user"),
                          timeout=150)
    assert done.returncode == 3, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert report["command_status"] == 0
    assert {q["tag"]: q["queries"] for q in report["queries"]} == \
        {"shop.test.js: a long list": 13, "shop.test.js: a short list": 4}
    (found,) = report["findings"]
    assert (found["tag"], found["lookups"]) == ("shop.test.js: a long list", 12)
    assert found["location"]["file"] == "shop.test.js"
