#include "config/conninfo.hpp"

#include <gtest/gtest.h>

namespace pgfold::config {
namespace {

TEST(conninfo, what_libpq_takes_is_valid) {
    for (const char* text :
         {"postgresql://user:pw@db1:5432,db2:5433/"
          "shop?target_session_attrs=read-write&sslmode=require",
          "host=/run/postgresql dbname='my db'", "postgres://",
          "postgresql://h/d?load_balance_hosts=random", "host=h sslnegotiation=direct"}) {
        EXPECT_EQ(conninfo_problem(text), "") << text;
    }
}

TEST(conninfo, problems_never_quote_a_password) {
    for (const char* text :
         {"postgresql://user:s3cret@[::1/db", "postgresql://user:s3cret%zz@h/d",
          "host=h password='s3cret", "host=h s3cret", "s3cret", "postgresql://u:p@[s3cret/d",
          "postgresql://u:p@[::1]\"s3cret\"x/d", "host = = s3cret ="}) {
        const std::string problem = conninfo_problem(text);
        EXPECT_NE(problem, "") << text;
        EXPECT_EQ(problem.find("s3cret"), std::string::npos) << problem;
    }
}

TEST(conninfo, an_unknown_option_is_named) {
    const std::string problem = conninfo_problem("postgresql://h/d?poolsize=5");
    EXPECT_NE(problem.find("poolsize"), std::string::npos) << problem;
}

TEST(conninfo, masking_hides_passwords_and_keeps_the_rest) {
    const std::string masked =
        masked_conninfo("postgresql://web:s3cret@db1:5432,db2:5433/my%20shop?sslpassword=s3cret2");
    EXPECT_EQ(masked.find("s3cret"), std::string::npos) << masked;
    for (const char* part : {"user=web", "password=***", "host=db1,db2", "port=5432,5433",
                             "dbname='my shop'", "sslpassword=***"}) {
        EXPECT_NE(masked.find(part), std::string::npos) << part << " in " << masked;
    }
    EXPECT_EQ(masked_conninfo(""), "");
    EXPECT_EQ(masked_conninfo("not valid s3cret"), "***");
}

}  // namespace
}  // namespace pgfold::config
