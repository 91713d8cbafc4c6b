#include "tools/captures/message_sniffer.hpp"

#include <gtest/gtest.h>

#include "support/cpp/messages.hpp"

namespace pgfold::captures {
namespace {

using test::bytes;
using test::raw;
using test::operator+;

TEST(MessageSniffer, TellsTheSidesApart) {
    EXPECT_EQ(sniff_messages(test::frontend::query("SELECT 1")), sniffed::frontend);
    EXPECT_EQ(sniff_messages(test::frontend::parse("", "SELECT $1") +
                             test::frontend::bind("", "", {"1"}) + test::frontend::execute() +
                             test::frontend::sync()),
              sniffed::frontend);
    EXPECT_EQ(sniff_messages(test::backend::complete("SELECT 1") + test::backend::ready()),
              sniffed::backend);
}

bytes without_end(const bytes& whole, std::ptrdiff_t size) {
    return {whole.begin(), whole.end() - size};
}

TEST(MessageSniffer, TheLastMessageMayGoOn) {
    const bytes whole = test::backend::complete("SELECT 1") + test::backend::ready();
    EXPECT_EQ(sniff_messages(without_end(whole, 3)), sniffed::backend);
}

TEST(MessageSniffer, OneMessageMustBeWhole) {
    EXPECT_EQ(sniff_messages(without_end(test::frontend::query("SELECT 1"), 1)), sniffed::unknown);
}

TEST(MessageSniffer, RecognizesTls) {
    EXPECT_EQ(sniff_messages(raw(std::string_view("\x17\x03\x03\x00\x20 encrypted", 15))),
              sniffed::tls);
}

TEST(MessageSniffer, OtherProtocolsAreUnknown) {
    using namespace std::string_view_literals;
    for (const std::string_view text :
         {""sv, "Q"sv, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"sv, "HTTP/1.1 200 OK\r\n\r\n"sv,
          "SSH-2.0-OpenSSH_9.2\r\n"sv, "*1\r\n$4\r\nPING\r\n"sv, "EHLO mail.example\r\n"sv,
          "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"sv, "\0\0\0\x12\0\x12\0\3\0\0\0\0\0\4test"sv,
          "Q\0\0\0\3"sv, "Q\xff\xff\xff\xff"sv, "X\0\0\0\5x"sv}) {
        EXPECT_EQ(sniff_messages(raw(text)), sniffed::unknown) << text;
    }
}

}  // namespace
}  // namespace pgfold::captures
