#include "proxy/alerts/alert_message.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "proxy/alerts/transport.hpp"

namespace pgfold::alerts {
namespace {

alert_event event(const std::string& name, bool ended) {
    alert_event result;
    result.alert.name = name;
    result.alert.when = "queries > 5";
    result.alert.has_value = true;
    result.alert.value = 7;
    result.alert.details = {"SELECT <a> & b\r\nBcc: x"};
    result.has_ended = ended;
    return result;
}

const message_origin from{"db1", "ops", false};

TEST(alert_message, subjects_count) {
    EXPECT_EQ(subject_of({event("a", false)}, from), "[pgfold] firing: a on db1");
    EXPECT_EQ(subject_of({event("a", true)}, from), "[pgfold] resolved: a on db1");
    EXPECT_EQ(subject_of({event("a", true), event("b", false)}, from),
              "[pgfold] 1 firing, 1 resolved on db1");
}

TEST(alert_message, slack_gets_its_escapes) {
    const auto body = boost::json::parse(slack_json({event("a", false)}, from));
    const std::string text(body.at("text").as_string());
    EXPECT_NE(text.find("SELECT &lt;a&gt; &amp; b  Bcc: x"), std::string::npos) << text;
}

TEST(alert_message, webhooks_get_fields) {
    const auto body =
        boost::json::parse(webhook_json({event("a", true), event("b", false)}, from, {}));
    EXPECT_EQ(body.at("state").as_string(), "firing");
    EXPECT_EQ(body.at("alerts").at(0).at("state").as_string(), "resolved");
    EXPECT_EQ(body.at("alerts").at(1).at("value").as_double(), 7);
    EXPECT_TRUE(body.at("alerts").at(1).at("ended").is_null());
    EXPECT_EQ(body.at("sent").as_string(), "1970-01-01T00:00:00Z");
}

TEST(alert_message, no_line_of_a_mail_ends_without_carriage_return) {
    config::notify_receiver to;
    to.name = "ops";
    to.from = "a@b";
    to.email = "c@d";
    const std::string text = mail({event("a", false)}, from, to, {});
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\n') continue;
        EXPECT_EQ(text[i - 1], '\r') << i;
    }
    EXPECT_EQ(text.find("\r\nBcc:"), std::string::npos) << "SQL cannot write headers";
    EXPECT_NE(text.find("Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n"), std::string::npos);
}

TEST(alert_message, signatures_are_those_of_rfc_4231) {
    EXPECT_EQ(signature_of("what do ya want for nothing?", "Jefe"),
              "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

}  // namespace
}  // namespace pgfold::alerts
