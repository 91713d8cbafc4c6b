#include "proxy/net/name_lookup.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include <future>
#include <vector>

namespace pgfold::net {
namespace {

TEST(name_lookup, finds_numeric_addresses_with_their_port) {
    name_lookup names;
    std::promise<lookup_result> answer;
    names.find("127.0.0.1", 5433, [&](const lookup_result& found) { answer.set_value(found); });
    const lookup_result found = answer.get_future().get();
    ASSERT_EQ(found.addresses.size(), 1U);
    EXPECT_EQ(found.addresses[0].length, sizeof(sockaddr_in));
    EXPECT_EQ(found.addresses[0].bytes.ss_family, AF_INET);
    const auto& address = reinterpret_cast<const sockaddr_in&>(found.addresses[0].bytes);
    EXPECT_EQ(ntohs(address.sin_port), 5433);
    EXPECT_EQ(ntohl(address.sin_addr.s_addr), INADDR_LOOPBACK);
}

TEST(name_lookup, says_why_there_is_no_address) {
    name_lookup names;
    std::promise<lookup_result> answer;
    // Longer than a name can be: no server is asked.
    names.find(std::string(300, 'a'), 5432,
               [&](const lookup_result& found) { answer.set_value(found); });
    const lookup_result found = answer.get_future().get();
    EXPECT_TRUE(found.addresses.empty());
    EXPECT_FALSE(found.error.empty());
}

TEST(name_lookup, answers_all_who_ask) {
    name_lookup names;
    std::vector<std::promise<std::size_t>> answers(50);
    for (std::size_t i = 0; i < answers.size(); ++i) {
        names.find("::1", static_cast<std::uint16_t>(1 + i % 3),
                   [&answers, i](const lookup_result& found) {
                       answers[i].set_value(found.addresses.size());
                   });
    }
    for (auto& answer : answers)
        EXPECT_EQ(answer.get_future().get(), 1U);
}

}  // namespace
}  // namespace pgfold::net
