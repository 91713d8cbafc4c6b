#include "tools/guard/child_environment.hpp"

#include <gtest/gtest.h>

namespace pgfold::guard {
namespace {

const server_place pgfold_place{"127.0.0.1", 7000, ""};

TEST(child_environment, leads_to_pgfold_and_nowhere_else) {
    const environment result =
        with_pgfold({{"DATABASE_URL", "postgres://a:b@db/shop"},
                     {"PGHOST", "db"},
                     {"PGHOSTADDR", "10.0.0.1"},
                     {"PGSERVICE", "prod"},
                     {"PGSSLMODE", "verify-full"},
                     {"PGUSER", "somebody"},
                     {"PATH", "/bin"}},
                    pgfold_place, {{"user", "a"}, {"dbname", "shop"}, {"password", "b"}});
    EXPECT_EQ(result, (environment{{"DATABASE_URL", "postgres://a:b@127.0.0.1:7000/shop"},
                                   {"PGHOST", "127.0.0.1"},
                                   {"PGPORT", "7000"},
                                   {"PGSSLMODE", "disable"},
                                   {"PGUSER", "somebody"},
                                   {"PGDATABASE", "shop"},
                                   {"PGPASSWORD", "b"},
                                   {"PGFOLD_GUARD", "1"},
                                   {"PATH", "/bin"}}));
}

TEST(child_environment, names_the_socket) {
    const environment result = with_pgfold({}, {"127.0.0.1", 7000, "/tmp/pgfold-1"}, {});
    EXPECT_EQ(result.at("PGFOLD_GUARD_SOCKET"), "/tmp/pgfold-1");
    EXPECT_EQ(result.at("PGHOST"), "127.0.0.1");
}

TEST(child_environment, has_a_url_made_where_there_was_none) {
    const environment result =
        with_pgfold({}, pgfold_place, {{"user", "a b"}, {"dbname", "shop/1"}, {"password", "p@:"}});
    EXPECT_EQ(result.at("DATABASE_URL"), "postgresql://a%20b:p%40%3A@127.0.0.1:7000/shop%2F1");
}

}  // namespace
}  // namespace pgfold::guard
