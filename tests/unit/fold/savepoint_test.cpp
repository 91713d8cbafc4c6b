// Batches behind a client's own statement, on a real PostgreSQL, good and bad ones, inside and
// outside of transactions: what the client has is left as it was.

#include "proxy/fold/batch/savepoint.hpp"

#include <memory>

#include <gtest/gtest.h>

#include "proxy/fold/batch/lookup_form.hpp"
#include "unit/fold/analyzed_lookup.hpp"
#include "unit/fold/raw_session.hpp"
#include "unit/suggestion/throwaway_postgres.hpp"

namespace pgfold::fold {
namespace {

using test::analyzed_lookup;
using test::bytes;
using test::raw_session;
using test::types_of;
using test::operator+;
namespace frontend = test::frontend;

class Savepoints : public testing::Test {
protected:
    static void SetUpTestSuite() {
        postgres = std::make_unique<test::throwaway_postgres>();
        postgres->execute(
            "CREATE TABLE item (id int PRIMARY KEY, name text, divisor int);"
            "INSERT INTO item SELECT i, 'item ' || i, i % 3 FROM generate_series(1, 9) i");
    }
    static void TearDownTestSuite() { postgres.reset(); }

    inline static std::unique_ptr<test::throwaway_postgres> postgres;
    raw_session server{postgres->socket_folder()};
};

bytes lookups(const lookup_form& form, const std::vector<std::string>& keys) {
    bytes out;
    for (const std::string& key : keys)
        EXPECT_TRUE(append_lookup(out, form, std::vector{key}));
    return out;
}
template <class Append>
bytes written(Append append) {
    bytes out;
    append(out);
    return out;
}

lookup_form extended_form(const std::string& text) {
    analyzed_lookup lookup(text, frontend::bind("", "", {"1"}, {}, {0}), {23});
    return *lookup_form::of(lookup.asked(), std::vector<std::uint16_t>{0});
}
lookup_form simple_form(const std::string& text) {  // the key is the last literal
    analyzed_lookup lookup(text);
    const auto key = static_cast<std::uint16_t>(lookup.literals().size() - 1);
    return *lookup_form::of(lookup.asked(), std::vector<std::uint16_t>{key});
}

const std::string plain = "SELECT name FROM item WHERE id = $1";
const std::string dividing = "SELECT 6 / divisor FROM item WHERE id = $1";  // 3, 6 and 9 fail

bytes clients_own(const std::string& text) {
    return frontend::parse("", text, {23}) + frontend::bind("", "", {"1"}, {}, {0}) +
           frontend::describe_portal("") + frontend::execute() + frontend::sync();
}

// The unnamed statement is still the client's: it is bound without being parsed again.
void expect_unnamed_statement(raw_session& server) {
    EXPECT_EQ(types_of(server.ask(frontend::bind("", "", {"2"}, {}, {0}) + frontend::execute() +
                                  frontend::sync())),
              "2DCZ");
}

TEST_F(Savepoints, ExtendedBatchOutsideOfATransaction) {
    const bytes batch = lookups(extended_form(plain), {"2", "77", "3"}) + written(append_sync);
    const auto answer = server.ask(clients_own(plain) + batch, 2);
    EXPECT_EQ(types_of(answer),
              "12TDCZ"
              "2DC2C2DCZ");
    EXPECT_EQ(answer.back().body, test::raw("I"));
    expect_unnamed_statement(server);
}

TEST_F(Savepoints, ExtendedBatchInATransaction) {
    const bytes batch = written(append_savepoint_extended) +
                        lookups(extended_form(plain), {"2", "77", "3"}) + written(append_sync) +
                        written(append_rollback_extended) + written(append_sync);
    static_cast<void>(server.ask(frontend::query("BEGIN")));
    const auto answer = server.ask(clients_own(plain) + batch, 3);
    EXPECT_EQ(types_of(answer),
              "12TDCZ"
              "312C3"
              "2DC2C2DCZ"
              "312C3"
              "312C3"
              "Z");
    EXPECT_EQ(answer.back().body, test::raw("T"));
    expect_unnamed_statement(server);
    server.execute("COMMIT");
}

TEST_F(Savepoints, ExtendedBatchThatFailsInATransaction) {
    server.execute("BEGIN; SAVEPOINT pgfold_savepoint; INSERT INTO item VALUES (100, 'new', 1)");
    const bytes batch = written(append_savepoint_extended) +
                        lookups(extended_form(dividing), {"2", "3", "4"}) + written(append_sync) +
                        written(append_rollback_extended) + written(append_sync);
    const auto answer = server.ask(clients_own(dividing) + batch, 3);
    EXPECT_EQ(types_of(answer),
              "12TDCZ"
              "312C3"
              "2DC2EZ"
              "312C3"
              "312C3"
              "Z");
    EXPECT_EQ(answer.back().body, test::raw("T"));
    expect_unnamed_statement(server);
    // What the client wrote is there, and so is its savepoint of the same name.
    EXPECT_EQ(types_of(server.ask(frontend::query("SELECT 1 FROM item WHERE id = 100"))), "TDCZ");
    server.execute("ROLLBACK TO pgfold_savepoint");
    EXPECT_EQ(types_of(server.ask(frontend::query("SELECT 1 FROM item WHERE id = 100"))), "TCZ");
    server.execute("COMMIT");
    EXPECT_EQ(types_of(server.ask(frontend::query("SELECT name FROM pg_prepared_statements"))),
              "TCZ");
}

// The client's own statement fails first: no savepoint is made, none is there to go back to, and
// the next batch is not hindered by what was left.
TEST_F(Savepoints, BatchBehindAFailedStatement) {
    const bytes batch = written(append_savepoint_extended) +
                        lookups(extended_form(dividing), {"2"}) + written(append_sync) +
                        written(append_rollback_extended) + written(append_sync);
    for (int round = 0; round < 2; ++round) {
        server.execute("BEGIN");
        const bytes own = frontend::parse("", dividing, {23}) +
                          frontend::bind("", "", {"3"}, {}, {0}) + frontend::execute() +
                          frontend::sync();
        const auto answer = server.ask(own + batch, 3);
        EXPECT_EQ(answer.back().body, test::raw("E"));
        server.execute("ROLLBACK");
        server.execute("BEGIN");
        const auto good = server.ask(clients_own(dividing) + batch, 3);
        EXPECT_EQ(types_of(good),
                  "12TDCZ"
                  "312C3"
                  "2DCZ"
                  "312C3"
                  "312C3"
                  "Z");
        EXPECT_EQ(good.back().body, test::raw("T"));
        server.execute("COMMIT");
    }
}

TEST_F(Savepoints, KeysInThePreparedText) {
    const std::string text = "SELECT name FROM item WHERE id = 1";
    const bytes own = frontend::parse("", text) + frontend::bind("", "", {}, {}, {0}) +
                      frontend::execute() + frontend::sync();
    analyzed_lookup lookup(text, frontend::bind("", "", {}, {}, {0}), {});
    const auto form = *lookup_form::of(lookup.asked(), std::vector<std::uint16_t>{0});
    const auto answer = server.ask(own + lookups(form, {"2", "77"}) + written(append_sync), 2);
    EXPECT_EQ(types_of(answer),
              "12DCZ"
              "312DC3"
              "312C3"
              "Z");
    // The unnamed statement is still the client's.
    const auto again =
        server.ask(frontend::bind("", "", {}, {}, {0}) + frontend::execute() + frontend::sync());
    EXPECT_EQ(types_of(again), "2DCZ");
}

TEST_F(Savepoints, SimpleBatchInATransaction) {
    const std::string text = "SELECT name FROM item WHERE id = 1";
    const bytes batch = written(append_savepoint_simple) + lookups(simple_form(text), {"2", "77"}) +
                        written(append_rollback_simple);
    server.execute("BEGIN");
    const auto answer = server.ask(frontend::query(text) + batch, 5);
    EXPECT_EQ(types_of(answer),
              "TDCZ"
              "CZ"
              "TDCZ"
              "TCZ"
              "CCZ");
    EXPECT_EQ(answer.back().body, test::raw("T"));
    server.execute("COMMIT");
}

TEST_F(Savepoints, SimpleBatchThatFailsInATransaction) {
    server.execute("BEGIN; INSERT INTO item VALUES (101, 'new', 1)");
    const std::string text = "SELECT 6 / divisor FROM item WHERE id = 1";
    const bytes batch = written(append_savepoint_simple) + lookups(simple_form(text), {"3", "2"}) +
                        written(append_rollback_simple);
    const auto answer = server.ask(frontend::query(text) + batch, 5);
    EXPECT_EQ(types_of(answer),
              "TDCZ"
              "CZ"
              "TEZ"
              "EZ"
              "CCZ");
    EXPECT_EQ(answer.back().body, test::raw("T"));
    EXPECT_EQ(types_of(server.ask(frontend::query("SELECT 1 FROM item WHERE id = 101"))), "TDCZ");
    server.execute("ROLLBACK");
}

}  // namespace
}  // namespace pgfold::fold
