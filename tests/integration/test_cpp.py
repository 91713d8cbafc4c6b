"""The GoogleTest programs labelled `integration`: they start a PostgreSQL of their own."""

import json
import subprocess

from support.locations import pgfold_binary


def test_programs() -> None:
    build = pgfold_binary().parent
    listing = subprocess.run(["ctest", "--test-dir", build, "-L", "^integration$",
                              "--show-only=json-v1"], capture_output=True, text=True, check=True)
    programs = sorted({test["command"][0] for test in json.loads(listing.stdout)["tests"]
                       if "command" in test})
    assert programs, f"none in {build}: build the target integration_tests"
    failed = []
    for program in programs:
        # Each whole, not case by case as ctest would: starting the server is the longest part.
        done = subprocess.run([program, "--gtest_brief=1"], capture_output=True, text=True,
                              timeout=100)
        if done.returncode != 0:
            failed.append(f"{program}\n{done.stdout[-5000:]}{done.stderr[-2000:]}")
    assert not failed, "\n".join(failed)
