"""What one session of a pool has fetched ahead is given to another only if it would see the same.

pgfold passes each case of shared_answers.py; pgfold_mutant, less the rule that the case is about,
does not.
"""

import pytest

from consistency.check import program
from consistency.shared_answers import (CASES, IN_A, LOOKUP, SCHEMA, SHARING_RULES, ask, expected,
                                        sessions, warm)
from support.postgres import Postgres

CONFIG = {"batch": {"max_age": "30s"}}


@pytest.fixture(scope="module")
def server(scratch, template, certificates):
    made = Postgres(scratch / "shared", certificates=certificates).initialize(template).start()
    made.psql(SCHEMA)
    yield made
    made.remove()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_postgresql_passes_the_case(server, case):
    answers, right = case(server.endpoint)
    assert answers == right


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_pgfold_passes_the_case(start_pgfold, server, case):
    process = start_pgfold(server.endpoint.dsn(), config=CONFIG)
    answers, right = case(process.endpoint)
    assert answers == right


def test_answers_are_shared(start_pgfold, server):
    """Or none of the cases would say anything."""
    process = start_pgfold(server.endpoint.dsn(), config=CONFIG)
    with sessions(process.endpoint, IN_A, IN_A) as (fetches, asked):
        asked.rows(LOOKUP, 1)
        warm(fetches)
        before = process.metric("pgfold_folded_lookups_total")
        assert ask(asked) == expected("a")
        assert process.metric("pgfold_folded_lookups_total") >= before + 8


@pytest.mark.parametrize("rule", SHARING_RULES)
def test_the_absence_of_a_rule_is_found(start_pgfold, server, rule):
    process = start_pgfold(server.endpoint.dsn(), config=CONFIG,
                           program=[program("pgfold_mutant"), "--without", rule])
    answers, right = SHARING_RULES[rule](process.endpoint)
    assert answers != right
