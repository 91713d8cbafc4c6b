#include "proxy/capture/message_filter.hpp"

#include <gtest/gtest.h>

#include <string>

#include "proxy/protocol/byte_writer.hpp"

namespace pgfold::capture {
namespace {

using namespace std::string_literals;

const pseudonyms map(redaction_key{3});

struct filtered {
    explicit filtered(const pseudonyms* values) : filter(values) {}

    std::string client(char type, std::string body) {
        filter.on_client(static_cast<std::uint8_t>(type), std::as_writable_bytes(std::span(body)));
        return body;
    }
    std::string server(char type, std::string body) {
        filter.on_server(static_cast<std::uint8_t>(type), std::as_writable_bytes(std::span(body)));
        return body;
    }
    message_filter filter;
};

std::string text_of(std::string value) {
    map.replace_text(value);
    return value;
}

std::string int4(std::uint32_t value) {
    std::string bytes;
    for (int i = 3; i >= 0; --i)
        bytes += static_cast<char>(value >> (8 * i));
    return bytes;
}

TEST(MessageFilter, SecretsOfAuthenticationAreBlanked) {
    filtered f(nullptr);
    EXPECT_EQ(f.server('R', int4(3)), int4(3));
    EXPECT_EQ(f.client('p', "hunter2\0"s), "*******\0"s);
    EXPECT_EQ(f.server('R', int4(5) + "salt"), int4(5) + "****");
    EXPECT_EQ(f.client('p', "md5abc\0"s), "******\0"s);
    EXPECT_EQ(f.server('R', int4(10) + "SCRAM-SHA-256\0\0"s), int4(10) + "SCRAM-SHA-256\0\0"s);
    EXPECT_EQ(f.client('p', "SCRAM-SHA-256\0"s + int4(7) + "n,,n=,r"),
              "SCRAM-SHA-256\0"s + int4(7) + "*******");
    EXPECT_EQ(f.server('R', int4(11) + "r=x,s=y"), int4(11) + "*******");
    EXPECT_EQ(f.client('p', "c=biws,p=z"), "**********");
    EXPECT_EQ(f.server('K', int4(4711) + "\1\2\3\4"), int4(4711) + "\0\0\0\0"s);
    EXPECT_TRUE(f.filter.must_see_server());
    f.server('Z', "I");
    EXPECT_FALSE(f.filter.must_see_server());
}

TEST(MessageFilter, ValuesStayUnlessTheyAreToGo) {
    filtered f(nullptr);
    f.server('Z', "I");
    EXPECT_EQ(f.client('Q', "SELECT 'Smith'\0"s), "SELECT 'Smith'\0"s);
    const std::string row = "\0\1"s + int4(5) + "Smith";
    EXPECT_EQ(f.server('D', row), row);
}

TEST(MessageFilter, ResultsAndParametersMatchLiterals) {
    filtered f(&map);
    f.server('Z', "I");
    // Parse with an int4 parameter; both formats of a Bind.
    f.client('P', "s\0SELECT $1\0"s + "\0\1"s + int4(23));
    const std::string number = text_of("1234");
    EXPECT_EQ(f.client('B', "\0s\0"s + "\0\0"s + "\0\1"s + int4(4) + "1234" + "\0\0"s),
              "\0s\0"s + "\0\0"s + "\0\1"s + int4(4) + number + "\0\0"s);
    const std::string binary = int4(static_cast<std::uint32_t>(std::stoul(number)));
    EXPECT_EQ(f.client('B', "\0s\0"s + "\0\1\0\1"s + "\0\1"s + int4(4) + int4(1234) + "\0\1\0\1"s),
              "\0s\0"s + "\0\1\0\1"s + "\0\1"s + int4(4) + binary + "\0\1\0\1"s);
    // The binary result of the portal bound last, described as a statement before.
    f.client('D', "Ss\0"s);
    f.client('E', "\0"s + int4(0));
    f.server('1', "");
    f.server('2', "");
    f.server('2', "");
    f.server('t', "\0\1"s + int4(23));
    f.server('T', "\0\1id\0"s + int4(0) + "\0\0"s + int4(23) + "\0\4"s + int4(0) + "\0\0"s);
    EXPECT_EQ(f.server('D', "\0\1"s + int4(4) + int4(1234)), "\0\1"s + int4(4) + binary);
    f.server('C', "SELECT 1\0"s);
}

TEST(MessageFilter, ErrorsAndCopiesHoldValuesToo) {
    filtered f(&map);
    f.server('Z', "I");
    const std::string error = f.server(
        'E', "SERROR\0C23505\0Mduplicate \"Smithers\"\0DKey (name)=(Smithers) exists.\0\0"s);
    EXPECT_EQ(error.find("Smithers"), std::string::npos);
    EXPECT_NE(error.find("C23505"), std::string::npos);
    EXPECT_EQ(f.client('d', "1234\tSmith\t\\N\n"),
              text_of("1234") + "\t" + text_of("Smith") + "\t\\N\n");
}

}  // namespace
}  // namespace pgfold::capture
