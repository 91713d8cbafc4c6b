"""Adds up JUnit files: `junit.py FILE…` prints "passed failed skipped", then what stands out.

The lines after the first are "FAILED name" and "SKIPPED name: reason"; equal reasons are joined.
"""

import sys
import xml.etree.ElementTree as ElementTree
from collections import defaultdict
from typing import Dict, List


def main(paths: List[str]) -> None:
    passed, failed = 0, []
    skipped: Dict[str, List[str]] = defaultdict(list)
    for path in paths:
        # A test may fail twice, in its body and in its teardown: it counts once.
        verdicts: Dict[str, str] = {}
        for case in ElementTree.parse(path).getroot().iter("testcase"):
            name = f"{case.get('classname', '')}.{case.get('name')}".lstrip(".")
            if case.find("failure") is not None or case.find("error") is not None or \
                    case.get("status") == "fail":
                verdicts[name] = "failed"
            elif case.find("skipped") is not None or case.get("status") in ("notrun", "disabled"):
                node = case.find("skipped")
                verdicts.setdefault(name, "skipped")
                reason = node.get("message") if node is not None else None
                skipped[reason or "no reason given"].append(name)
            else:
                verdicts.setdefault(name, "passed")
        passed += sum(v == "passed" for v in verdicts.values())
        failed += [name for name, verdict in verdicts.items() if verdict == "failed"]
    print(passed, len(failed), sum(len(names) for names in skipped.values()))
    for name in failed:
        print("FAILED", name)
    for reason, names in skipped.items():
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        print(f"SKIPPED {names[0]}{more}: {reason}")


if __name__ == "__main__":
    main(sys.argv[1:])
