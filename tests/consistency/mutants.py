"""The rules of proxy/freshness, and what shows that one is missing.

Not collected by pytest yet: a run of the whole mixture finds about half of them in 60,000 operations;
the others need more of the operation that is named here. `pgfold_mutant --without RULE run …` is
built with the tests; run one by

    PGFOLD_BINARY=build/release/pgfold /usr/bin/python3 -m pytest tests/consistency/mutants.py -k RULE
"""

import pytest

from consistency.check import VIOLATIONS, program, run_check

# The operation that an answer from memory does not survive, unless the rule is missing.
RULES = {
    "foreign_key_actions": "a parent is deleted, and children or notes are looked up",
    "triggers": "an account is updated, and its mirror is looked up",
    "rewrite_rules": "a ledger is updated, and its copy is looked up",
    "partitions": "a partition is updated, and the whole table is looked up; the reverse; heirs",
    "views": "a table is updated, and a view of it is looked up; an update through a view",
    "row_security": "a membership is updated, and a secret is looked up by a role",
    "function_calls": "SELECT of a function that updates",
    "common_table_expressions": "an UPDATE in a WITH query",
    "unknown_statements": "DO, CALL, EXECUTE, REFRESH, a table or view replaced",
    "raise_before_send": "a batch is fetched while a transaction commits that has written already",
    "bump_at_end": "any write that is over when the lookup comes",
    "end_before_client_hears": "the lookup right after the acknowledgement",
    "hold_until_transaction_end": "a batch is fetched while a transaction is open, which commits then",
    "settle_by_request": "two writes in a pipeline; these clients send none",
    "keep_over_rollback_to": "the same, and the transaction goes back to a savepoint in between",
    "keep_prepared": "a batch is fetched between PREPARE TRANSACTION and COMMIT PREPARED",
    "keep_after_connection_loss": "a backend is terminated while it commits",
    "outlast_older_writers": "a writer that waits for DDL fires a trigger which that made",
    "check_writers_in_flight": "a commit that others have seen and that is not answered yet",
    "check_versions": "any write that is over when the lookup comes",
    "check_catalog_generation": "DDL between the batch and the lookup",
    "note_own_writes": "the session's own transaction writes between the batch and the lookup",
}

# Loops disturbed in percent: few, so that pgfold keeps folding, and more, so that much happens.
DISTURBANCES = (15, 40, 15, 40, 15)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("rule", RULES)
def test_the_absence_of_a_rule_is_found(start_pgfold, start_postgres, rule):
    server = start_postgres(settings={"autovacuum": "on"})
    for seed, disturbance in enumerate(DISTURBANCES, 1):
        process = start_pgfold(server.endpoint.dsn(),
                               program=[program("pgfold_mutant"), "--without", rule])
        verdict = run_check(process.endpoint, operations=60_000, part=5_000, seed=seed,
                            disturbance=disturbance)
        process.stop()
        if verdict.status == VIOLATIONS:
            return
    pytest.fail(f"nobody misses {rule}: {RULES[rule]}")
