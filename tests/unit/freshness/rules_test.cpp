// Without any one of the rules an answer that is too old passes for valid. Each case is such an
// answer: with all rules it is refused.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "unit/freshness/session_fixture.hpp"

namespace pgfold::freshness {
namespace {

constexpr const char* read_a = "SELECT * FROM a";
constexpr const char* read_b = "SELECT * FROM b";
constexpr const char* read_c = "SELECT * FROM c";

struct rule_case {
    const char* name;
    void (*take_out)(freshness_rules&);
    // True if the stale answer would be served.
    bool (*stale_is_served)(shared_state&);
};

void prepare(client& writer) {
    writer.run("BEGIN", "BEGIN", 'T');
    writer.run("UPDATE c SET id = 1", "UPDATE 1", 'T');
    writer.run("PREPARE TRANSACTION 'x'", "PREPARE TRANSACTION", 'I');
}

const rule_case cases[] = {
    {"raise_before_send", [](freshness_rules& r) { r.raise_before_send = false; },
     [](shared_state& shared) {
         client writer(shared);
         const stamp c = shared.remember(read_c);
         writer.send("UPDATE c SET id = 1");
         return is_valid(c);  // the server has committed, and others have seen it
     }},
    {"bump_at_end", [](freshness_rules& r) { r.bump_at_end = false; },
     [](shared_state& shared) {
         client writer(shared);
         const stamp c = shared.remember(read_c);
         writer.run("UPDATE c SET id = 1", "UPDATE 1", 'I');
         return is_valid(c);
     }},
    {"end_before_client_hears", [](freshness_rules& r) { r.end_before_client_hears = false; },
     [](shared_state& shared) {
         client writer(shared);
         const stamp c = shared.remember(read_c);
         writer.run("UPDATE c SET id = 1", "UPDATE 1", 'I');
         return is_valid(c);
     }},
    {"hold_until_transaction_end", [](freshness_rules& r) { r.hold_until_transaction_end = false; },
     [](shared_state& shared) {
         client writer(shared);
         writer.run("BEGIN", "BEGIN", 'T');
         writer.run("UPDATE c SET id = 1", "UPDATE 1", 'T');
         const stamp c = shared.remember(read_c);  // sees the old row
         writer.run("COMMIT", "COMMIT", 'I');
         return is_valid(c);
     }},
    {"settle_by_request", [](freshness_rules& r) { r.settle_by_request = false; },
     [](shared_state& shared) {
         client writer(shared);
         writer.send("SELECT 1");
         writer.send("UPDATE c SET id = 1");
         writer.receive("SELECT 1", 'I');
         const stamp c = shared.remember(read_c);
         writer.receive("UPDATE 1", 'I');
         return is_valid(c);
     }},
    {"keep_over_rollback_to", [](freshness_rules& r) { r.keep_over_rollback_to = false; },
     [](shared_state& shared) {
         client writer(shared);
         writer.run("BEGIN", "BEGIN", 'T');
         writer.run("UPDATE c SET id = 1", "UPDATE 1", 'T');
         writer.run("SAVEPOINT s", "SAVEPOINT", 'T');
         writer.run("ROLLBACK TO s", "ROLLBACK", 'T');
         const stamp c = shared.remember(read_c);
         writer.run("COMMIT", "COMMIT", 'I');
         return is_valid(c);
     }},
    {"keep_prepared", [](freshness_rules& r) { r.keep_prepared = false; },
     [](shared_state& shared) {
         client writer(shared);
         prepare(writer);
         const stamp c = shared.remember(read_c);
         writer.run("COMMIT PREPARED 'x'", "COMMIT PREPARED", 'I');
         return is_valid(c);
     }},
    {"keep_after_connection_loss", [](freshness_rules& r) { r.keep_after_connection_loss = false; },
     [](shared_state& shared) {
         client writer(shared);
         const stamp c = shared.remember(read_c);
         writer.send("UPDATE c SET id = 1");
         writer.writes.on_connection_lost({});
         return is_valid(c);
     }},
    {"outlast_older_writers", [](freshness_rules& r) { r.outlast_older_writers = false; },
     [](shared_state& shared) {
         client owner(shared);
         client writer(shared);
         owner.send("CREATE TRIGGER t AFTER INSERT ON c EXECUTE FUNCTION writes_a()");
         writer.send("INSERT INTO c VALUES (1)");
         owner.receive("CREATE TRIGGER", 'I');
         shared.publish();
         const stamp a = shared.remember(read_a);
         writer.receive("INSERT 0 1", 'I');
         return is_valid(a);
     }},
    {"check_writers_in_flight", [](freshness_rules& r) { r.check_writers_in_flight = false; },
     [](shared_state& shared) {
         client writer(shared);
         const stamp c = shared.remember(read_c);
         writer.send("UPDATE c SET id = 1");
         return is_valid(c);
     }},
    {"check_versions", [](freshness_rules& r) { r.check_versions = false; },
     [](shared_state& shared) {
         client writer(shared);
         const stamp c = shared.remember(read_c);
         writer.run("UPDATE c SET id = 1", "UPDATE 1", 'I');
         return is_valid(c);
     }},
    {"check_catalog_generation", [](freshness_rules& r) { r.check_catalog_generation = false; },
     [](shared_state& shared) {
         client owner(shared);
         const tracked_effects_ptr old = shared.effects(read_a);  // a is a table
         owner.run("CREATE VIEW a AS SELECT * FROM c", "CREATE VIEW", 'I');
         shared.publish();
         return is_valid(database_versions::capture(old->reads));
     }},
    {"effects.foreign_key_actions",
     [](freshness_rules& r) { r.effects.foreign_key_actions = false; },
     [](shared_state& shared) {
         client writer(shared);
         const stamp b = shared.remember(read_b);
         writer.run("DELETE FROM a", "DELETE 1", 'I');
         return is_valid(b);
     }},
    {"effects.unknown_statements", [](freshness_rules& r) { r.effects.unknown_statements = false; },
     [](shared_state& shared) {
         client writer(shared);
         const stamp c = shared.remember(read_c);
         writer.run("EXECUTE p", "UPDATE 1", 'I');
         return is_valid(c);
     }},
};

class rules_test : public testing::TestWithParam<rule_case> {};

TEST_P(rules_test, is_needed) {
    shared_state with_all_rules;
    EXPECT_FALSE(GetParam().stale_is_served(with_all_rules));
    freshness_rules rules;
    GetParam().take_out(rules);
    shared_state without(rules);
    EXPECT_TRUE(GetParam().stale_is_served(without));
}

INSTANTIATE_TEST_SUITE_P(each, rules_test, testing::ValuesIn(cases), [](const auto& one) {
    std::string name = one.param.name;
    std::replace(name.begin(), name.end(), '.', '_');
    return name;
});

}  // namespace
}  // namespace pgfold::freshness
