"""What one session has had kept is given to another only if the server would answer the same.

pgfold passes each case of cached_answers.py; pgfold_mutant, less the rule that the case is about,
does not.
"""

import pytest

from consistency.cached_answers import CACHE_RULES, CONFIG, CONFIGS, SCHEMA, Scene
from consistency.check import program
from support.postgres import Postgres


@pytest.fixture(scope="module")
def server(scratch, template, certificates):
    made = Postgres(scratch / "cached", certificates=certificates).initialize(template).start()
    yield made
    made.remove()


@pytest.fixture
def scene(start_pgfold, server):
    server.psql(SCHEMA)

    def start(rule, **how):
        return Scene(start_pgfold(server.endpoint.dsn(), config=CONFIGS.get(rule, CONFIG), **how),
                     server)
    return start


@pytest.mark.parametrize("rule", CACHE_RULES)
def test_pgfold_passes_the_case(scene, rule):
    answers, right = CACHE_RULES[rule](scene(rule))
    assert answers == right


@pytest.mark.parametrize("rule", CACHE_RULES)
def test_the_absence_of_a_rule_is_found(scene, rule):
    mutant = scene(rule, program=[program("pgfold_mutant"), "--without", rule])
    answers, right = CACHE_RULES[rule](mutant)
    assert answers != right
