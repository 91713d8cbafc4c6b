"""Each rule of proxy/freshness is needed, and the check notices that one is missing.

A scene (`consistency_check --focus`) is a fixed order of events in which one thing matters. pgfold
passes all of them; pgfold_mutant, which is pgfold less one rule, fails the one that is about it.
"""

import subprocess

import pytest

from consistency.cached_answers import CACHE_RULES
from consistency.check import CONSISTENT, VIOLATIONS, program, run_scene
from consistency.shared_answers import SHARING_RULES
from support.postgres import Postgres

# The scene in which an answer from memory is wrong unless the rule is kept.
RULES = {
    "foreign_key_actions": "cascade",
    "triggers": "trigger",
    "rewrite_rules": "rule",
    "partitions": "leaf_of_root",
    "views": "view_read",
    "row_security": "policy",
    "function_calls": "function",
    "common_table_expressions": "with_query",
    "unknown_statements": "do",
    "raise_before_send": "unanswered",
    "bump_at_end": "acknowledged",
    "end_before_client_hears": "acknowledged",
    "hold_until_transaction_end": "open_transaction",
    "settle_by_request": "pipeline",
    "keep_over_rollback_to": "savepoint",
    "keep_prepared": "prepared",
    "keep_after_connection_loss": "lost_connection",
    "outlast_older_writers": "trigger_unheard_of",
    "check_writers_in_flight": "unanswered",
    "check_versions": "acknowledged",
    "check_catalog_generation": "view_replaced",
}

# In these something is being written while the loop begins, so that nothing may be kept at all.
WRITTEN_MEANWHILE = {"open_transaction", "savepoint", "prepared", "pipeline", "trigger_unheard_of"}
SCENES = """
    cascade set_null trigger deferred_trigger rule leaf_of_root root_of_leaf heir view_read
    view_written policy function with_query do call execute copy truncate acknowledged own_write
    unanswered open_transaction savepoint prepared pipeline trigger_unheard_of view_replaced
    lost_connection
""".split()

# Here pgfold stops folding for a while, by design, and the scene waits.
ROUNDS = {"trigger_unheard_of": 1, "lost_connection": 1, "view_replaced": 2}

# By what answers come from memory. They must not get too old to be given on a machine that is busy.
WAYS = {
    "folded": {"batch": {"max_age": "30s"}},
    "cached": {"batch": {"mode": "off"}, "cache": {"rules": [{"tables": ["*"], "ttl": "1h"}]}},
}
NEVER_CACHED = {"policy"}  # row-level security
# A cache keeps no answer ahead of the question: test_cached_answers.py has what these matter to.
NEEDS_FOLDING = {"hold_until_transaction_end", "settle_by_request"}


@pytest.fixture(scope="module")
def server(scratch, template, certificates):
    """One for all scenes: they make their tables anew."""
    made = Postgres(scratch / "scenes", certificates=certificates).initialize(template).start()
    yield made
    made.remove()


@pytest.mark.parametrize("scene", SCENES)
def test_postgresql_passes_the_scene(server, scene):
    assert run_scene(server.endpoint, server.endpoint, scene, patience=0).status == CONSISTENT


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("scene", SCENES)
def test_pgfold_passes_the_scene(start_pgfold, server, scene, way):
    process = start_pgfold(server.endpoint.dsn(), config=WAYS[way])
    uncached = way == "cached" and scene in NEVER_CACHED
    rounds = 1 if uncached else ROUNDS.get(scene, 6 if way == "folded" else 3)
    verdict = run_scene(process.endpoint, server.endpoint, scene, rounds=rounds)
    assert verdict.status == CONSISTENT
    if uncached:
        assert verdict.count("warm") == 0
        return
    # It answered from memory, and what was written then was being looked up.
    assert verdict.count("warm") > 0
    assert verdict.count("armed") > 0 or scene in WRITTEN_MEANWHILE


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("rule", RULES)
def test_the_absence_of_a_rule_is_found(start_pgfold, server, rule, way):
    if way == "cached" and (rule in NEEDS_FOLDING or RULES[rule] in NEVER_CACHED):
        pytest.skip("its scene has nothing to do with a cache")
    process = start_pgfold(server.endpoint.dsn(), config=WAYS[way],
                           program=[program("pgfold_mutant"), "--without", rule])
    assert run_scene(process.endpoint, server.endpoint, RULES[rule]).status == VIOLATIONS


def test_no_rule_is_left_out():
    """Others are in test_shared_answers.py and test_cached_answers.py."""
    usage = subprocess.run([program("pgfold_mutant")], stderr=subprocess.PIPE, text=True)
    assert set(usage.stderr.split("rules:")[1].split()) == {*RULES, *SHARING_RULES, *CACHE_RULES}
