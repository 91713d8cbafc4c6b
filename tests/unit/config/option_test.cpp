#include "config/option.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace pgfold::config {
namespace {

std::string set(settings& target, std::string_view path, std::vector<std::string> values) {
    return set_option(target, path, values);
}

TEST(option, sets_the_key_that_the_path_names) {
    settings target;
    EXPECT_EQ(set(target, "listen", {"127.0.0.1:1", "unix:/x"}), "");
    EXPECT_EQ(target.listen, (std::vector<std::string>{"127.0.0.1:1", "unix:/x"}));
    EXPECT_EQ(set(target, "admin.listen", {"[::1]:0"}), "");
    EXPECT_EQ(target.admin.listen, "[::1]:0");
    EXPECT_EQ(set(target, "upstream", {"host=db"}), "");
    EXPECT_EQ(target.upstream, "host=db");
    EXPECT_EQ(set(target, "threads", {"4"}), "");
    EXPECT_EQ(target.threads, 4u);
    EXPECT_EQ(set(target, "threads", {"auto"}), "");
    EXPECT_EQ(target.threads, 0u);
    EXPECT_EQ(set(target, "log.level", {"debug"}), "");
    EXPECT_EQ(target.log.level, log_level::debug);
}

TEST(option, a_refused_value_changes_nothing) {
    settings target;
    EXPECT_NE(set(target, "listen", {"nowhere"}), "");
    EXPECT_NE(set(target, "listen", {"127.0.0.1:1", "127.0.0.1:1"}), "");
    EXPECT_EQ(target.listen, settings{}.listen);
    EXPECT_NE(set(target, "threads", {"many"}), "");
    EXPECT_NE(set(target, "threads", {"1", "2"}), "");
    EXPECT_NE(set(target, "log", {"debug"}), "");
    EXPECT_NE(set(target, "log.levle", {"debug"}), "");
    EXPECT_NE(set(target, "", {"x"}), "");
    EXPECT_NE(set(target, "threads.x", {"1"}), "");
}

TEST(option, a_secret_is_not_quoted) {
    settings target;
    const std::string problem = set(target, "upstream", {"postgresql://u:s3cret@[x/d"});
    EXPECT_NE(problem, "");
    EXPECT_EQ(problem.find("s3cret"), std::string::npos) << problem;
}

}  // namespace
}  // namespace pgfold::config
