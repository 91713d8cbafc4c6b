"""No answer is ever wrong, whoever writes what and when; and the check would notice."""

import pytest

from consistency.check import CONSISTENT, VIOLATIONS, run_check

# Errors that a proxy could make, and by what they are found. All are made in the clients.
FAULTS = {
    "stale": {"stale_row", "missing_row"},
    "stale_list": {"stale_row", "missing_row"},
    "own_write": {"lost_own_write"},
    "rolled_back": {"aborted_read"},
    "snapshot": {"snapshot_moved"},
    "settings": {"unwritten_row"},
    "wrong_key": {"malformed_answer", "missing_row", "unwritten_row"},
    "torn": {"stale_row", "torn_snapshot", "unwritten_row"},
    "dropped_row": {"missing_row"},
    "repeated_write": {"unexplained_write"},
    "lost_write": {"stale_row", "unwritten_row", "lost_update"},
}

# What a proxy that folds has to know; the model in the clients does without one of them at a time.
BLIND_SPOTS = """
    own_tables cascade set_null trigger deferred_trigger rule leaf_of_root root_of_leaf inheritance
    view_read view_written function_read function_called do call execute several_statements
    on_conflict merge with_query copy truncate ddl_table ddl_view refresh policy joined_table
    settings own_writes savepoints prepared in_flight versions transactions
""".split()
SEEDS_MAX = 20


def test_postgresql_is_consistent(direct):
    """Otherwise the check is wrong."""
    assert run_check(direct, operations=50_000).status == CONSISTENT


# A pgfold whose predictions keep failing stops making them: so most of the work is with loops of
# which few are disturbed, and some with loops that nearly all are.
@pytest.mark.timeout(600)
@pytest.mark.parametrize("disturbance, operations", [(10, 150_000), (100, 50_000)])
def test_pgfold_is_consistent(start_pgfold, start_postgres, disturbance, operations):
    server = start_postgres(settings={"autovacuum": "on"})
    process = start_pgfold(server.endpoint.dsn())
    verdict = run_check(process.endpoint, operations=operations, disturbance=disturbance)
    assert verdict.status == CONSISTENT
    assert verdict.count("operations") >= operations
    assert verdict.count("ambushed") > 300
    assert verdict.count("raced") > 300
    folded = process.metric("pgfold_folded_lookups_total")
    print("folded lookups:", folded)
    if disturbance < 50:
        assert folded > 500


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found(direct, fault):
    """Whichever of its violations comes first depends on who meets whom."""
    found = set()
    for seed in range(1, 2 * SEEDS_MAX):
        verdict = run_check(direct, operations=60_000, seed=seed, part=5_000, inject=fault,
                            show=500)
        assert verdict.status in (CONSISTENT, VIOLATIONS)
        found |= verdict.kinds
        if found & FAULTS[fault]:
            return
    pytest.fail(f"{fault}: found {found or 'nothing'}")


def test_answers_from_memory_can_be_right(direct):
    """The model knows everything: many answers never reach PostgreSQL, and none is wrong."""
    verdict = run_check(direct, operations=60_000, model="none")
    assert verdict.status == CONSISTENT
    assert verdict.count("folded") > 3000


@pytest.mark.parametrize("blind_spot", BLIND_SPOTS)
def test_a_blind_spot_is_found(direct, blind_spot):
    for seed in range(1, SEEDS_MAX + 1):
        verdict = run_check(direct, operations=80_000, seed=seed, clients=4, part=4_000,
                            model=blind_spot)
        assert verdict.status in (CONSISTENT, VIOLATIONS)
        if verdict.status == VIOLATIONS:
            return
    pytest.fail(f"the check does not notice that a proxy does not know about {blind_spot}")


# With a stream one's own writes come back by it, and take answers away once more; and new tables join
# it after ten seconds.
@pytest.mark.parametrize("out_of_band, operations, part", [("ttl", 20_000, 100),
                                                           ("cdc", 200_000, 400)])
def test_pgfold_with_a_cache_is_consistent(start_pgfold, start_postgres, out_of_band, operations,
                                           part):
    """Everything that can be kept for all clients is, and comes from memory when it can."""
    server = start_postgres(settings={"autovacuum": "on"})
    process = start_pgfold(server.endpoint.dsn(), config={
        "cache": {"rules": [{"tables": ["*"], "ttl": "1h"}]},
        "freshness": {"out_of_band": out_of_band, "max_lag": "5s"}})
    verdict = run_check(process.endpoint, operations=operations, disturbance=10)
    cache = process.get_json("/api/v1/cache")
    print({name: cache[name] for name in ("hits", "misses", "stores", "bypasses", "invalidations")})
    assert verdict.status == CONSISTENT
    assert cache["hits"] > verdict.count("reads") / part
