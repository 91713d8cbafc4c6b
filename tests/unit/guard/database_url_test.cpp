#include "tools/guard/database_url.hpp"

#include <gtest/gtest.h>

namespace pgfold::guard {
namespace {

const server_place pgfold_place{"127.0.0.1", 7000, ""};

TEST(database_url, another_server_is_all_that_changes) {
    for (const auto& [url, expected] : {
             std::pair{"postgresql://me:s%40cret@db:5432/shop",
                       "postgresql://me:s%40cret@127.0.0.1:7000/shop"},
             std::pair{"postgres://db", "postgres://127.0.0.1:7000"},
             std::pair{"postgresql:///shop", "postgresql://127.0.0.1:7000/shop"},
             std::pair{"postgresql://me@/shop?host=/run/postgresql",
                       "postgresql://me@127.0.0.1:7000/shop"},
             std::pair{"postgresql://a@b@[::1]:1,h2:2/d", "postgresql://a@b@127.0.0.1:7000/d"},
             std::pair{"postgresql+asyncpg://me@db/shop?ssl=require&pool_size=5",
                       "postgresql+asyncpg://me@127.0.0.1:7000/shop?pool_size=5"},
             std::pair{"jdbc:postgresql://db/shop?user=me&sslmode=verify-full&ApplicationName=x",
                       "jdbc:postgresql://127.0.0.1:7000/shop?user=me&ApplicationName=x"},
             std::pair{"postgres://db/d?schema=public&target_session_attrs=primary#f",
                       "postgres://127.0.0.1:7000/d?schema=public#f"},
         })
        EXPECT_EQ(with_server(url, pgfold_place), expected) << url;
}

TEST(database_url, key_value_strings_stay_key_value_strings) {
    EXPECT_EQ(with_server("host=db,db2 port=1 dbname='it''s' user=a sslmode=require", pgfold_place),
              "host=127.0.0.1 port=7000");  // which libpq does not take
    EXPECT_EQ(with_server("host=db dbname='it\\'s' user=a sslmode=require", pgfold_place),
              "host=127.0.0.1 port=7000 user='a' dbname='it\\'s'");
}

TEST(database_url, what_libpq_does_not_know_is_left_out_for_it) {
    EXPECT_EQ(libpq_form("postgis+x://me@db:1/shop?pool=5&sslmode=require&schema=a"),
              "postgresql://me@db:1/shop?sslmode=require");
    EXPECT_EQ(libpq_form("jdbc:postgresql://db/shop?user=me"), "postgresql://db/shop?user=me");
    EXPECT_EQ(libpq_form("postgres://a,b/d?load_balance_hosts=random"),
              "postgresql://a,b/d?load_balance_hosts=random");
    EXPECT_EQ(libpq_form("host=db options='-c a=b://c'"), "host=db options='-c a=b://c'");
    EXPECT_EQ(libpq_form("mysql://db/shop"), std::nullopt);
    EXPECT_EQ(libpq_form("sqlite:///file"), std::nullopt);
}

}  // namespace
}  // namespace pgfold::guard
