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

}  // namespace
}  // namespace pgfold::config
