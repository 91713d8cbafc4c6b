#include "config/difference.hpp"

#include <gtest/gtest.h>

namespace pgfold::config {
namespace {

TEST(difference, equal_settings_have_none) {
    settings a;
    a.suppress.push_back({"/x", "", "", "", "", "why"});
    EXPECT_TRUE(changes(a, a).empty());
}

TEST(difference, names_changed_keys_and_what_they_need) {
    settings before, after;
    after.listen = {"127.0.0.1:1"};
    after.admin.token = "t";
    after.detect.min_lookups = 9;
    after.tls.mode = tls_mode::allow;
    after.log.format = log_format::json;
    after.suppress.push_back({"/x", "", "", "", "", "why"});
    std::vector<std::string> live, restart;
    for (const change& found : changes(before, after)) {
        (found.needs_restart ? restart : live).push_back(found.key);
    }
    EXPECT_EQ(live, (std::vector<std::string>{"admin.token", "tls.mode", "detect.min_lookups",
                                              "suppress"}));
    EXPECT_EQ(restart, (std::vector<std::string>{"listen", "log.format"}));
}

TEST(difference, looks_into_the_rules_of_a_list) {
    settings before, after;
    before.suppress.push_back({"/x", "", "", "", "", "why"});
    after.suppress.push_back({"/x", "", "", "", "", "because"});
    EXPECT_EQ(changes(before, after).size(), 1u);
    before.suppress.push_back({"/y", "", "", "", "", "why"});
    EXPECT_EQ(changes(before, after).size(), 1u);
}

TEST(difference, what_needs_a_restart_is_kept_and_named_at_every_reload) {
    settings running, loaded;
    loaded.listen = {"127.0.0.1:1", "unix:/x"};
    loaded.admin = {"127.0.0.1:2", "token"};
    loaded.threads = 3;
    loaded.detect.enabled = false;
    loaded.detect.min_lookups = 9;
    loaded.log.format = log_format::json;
    loaded.log.level = log_level::debug;
    const std::vector<std::string> expected = {"listen", "admin.listen", "threads",
                                               "detect.enabled", "log.format"};
    EXPECT_EQ(keep_until_restart(running, loaded), expected);
    for (const change& found : changes(running, loaded)) {
        EXPECT_FALSE(found.needs_restart) << found.key;
    }
    EXPECT_EQ(loaded.listen, running.listen);
    EXPECT_EQ(loaded.admin.token, "token");
    EXPECT_EQ(loaded.detect.min_lookups, 9u);
    EXPECT_EQ(loaded.log.level, log_level::debug);
    EXPECT_TRUE(keep_until_restart(running, loaded).empty());
}

}  // namespace
}  // namespace pgfold::config
