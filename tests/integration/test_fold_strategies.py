"""batch.strategy: fold: the loops of test_folding, as one statement for all keys."""

import pytest

from integration.test_folding import LOOPS, tables  # noqa: F401 (a fixture)
from support.loop_clients import CLIENTS

# Those whose children are asked on their own terms, in one loop.
ONE_LOOP = {"has_many", "belongs_to", "many_to_many", "composite", "uuid_keys", "text_keys",
            "aggregates", "latest", "join_with_constant", "backward", "read_committed",
            "repeatable_read", "transaction_per_row"}


@pytest.fixture
def folding(start_pgfold, pg):
    return start_pgfold(pg.endpoint.dsn(),
                        config={"batch": {"max_age": "10s", "strategy": "fold"}})


def count_statements(pg):
    """Those that read the loops' tables."""
    return int(pg.psql("SELECT coalesce(sum(calls), 0) FROM pg_stat_statements"
                              " WHERE query LIKE '%folding.%'"))


@pytest.mark.parametrize("client", CLIENTS)
def test_statements(client, folding, direct, pg):
    plain = CLIENTS[client](direct)
    through = CLIENTS[client](folding.endpoint)
    problems = []
    for loop, _ in LOOPS:
        expected = list(loop(plain))
        for known in (False, True):
            before = count_statements(pg)
            actual = list(loop(through))
            sent = count_statements(pg) - before
            if actual != expected: problems.append(f"{loop.__name__} {known} differs")
            print(client, loop.__name__, known, len(expected), sent)
    plain.close()
    through.close()
    assert not problems, problems
