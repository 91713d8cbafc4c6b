// The dashboard's files as they are served; what they do is tested in a browser.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proxy/admin/admin_server.hpp"
#include "proxy/admin/dashboard_files.hpp"
#include "unit/admin/http_client.hpp"
#include "unit/admin/sample_context.hpp"

namespace pgfold::admin {
namespace {

using testing::HasSubstr;
using testing::Not;

class dashboard : public testing::Test {
protected:
    void SetUp() override { ASSERT_EQ(server_.start("127.0.0.1:0"), ""); }
    client_response get(const std::string& target, const std::string& headers = "") {
        return fetch(server_.port(), "GET", target, headers);
    }

    sample_process process_;
    admin_server server_{process_.context()};
};

TEST_F(dashboard, is_the_first_page) {
    const client_response page = get("/");
    EXPECT_EQ(page.status, 200u);
    EXPECT_EQ(page.headers.at("content-type"), "text/html; charset=utf-8");
    EXPECT_THAT(page.headers.at("content-security-policy"), HasSubstr("script-src 'self';"));
    EXPECT_THAT(page.headers.at("content-security-policy"), Not(HasSubstr("unsafe")));
    EXPECT_THAT(page.body, HasSubstr("<title>pgfold</title>"));
}

TEST_F(dashboard, files_are_served_byte_for_byte_with_their_type) {
    bool has_chart = false;
    for (const dashboard_file& file : dashboard_files()) {
        const client_response response = get("/dashboard/" + std::string(file.name));
        EXPECT_EQ(response.status, 200u) << file.name;
        EXPECT_EQ(response.body, file.content) << file.name;
        EXPECT_NE(response.headers.at("content-type"), "application/octet-stream") << file.name;
        has_chart = has_chart || file.name == "chart.min.js";
    }
    EXPECT_TRUE(has_chart);
    EXPECT_THAT(get("/dashboard/licenses.txt").body, HasSubstr("Chart.js"));
}

TEST_F(dashboard, has_no_other_files) {
    EXPECT_EQ(get("/dashboard/").status, 404u);
    EXPECT_EQ(get("/dashboard/passwd").status, 404u);
    EXPECT_EQ(get("/dashboard").status, 404u);
    EXPECT_EQ(get("/dashboard/../../etc/passwd").status, 404u);
}

// Findings show SQL: what reads them from a name that DNS can redirect gets nothing.
TEST_F(dashboard, is_for_those_who_may_read) {
    EXPECT_EQ(get("/", "Host: attacker.example\r\n").status, 403u);
    EXPECT_EQ(get("/api/v1/events", "Host: attacker.example\r\n").status, 403u);
}

}  // namespace
}  // namespace pgfold::admin
