#include "tools/canned_server/canned_conversation.hpp"

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <utility>

namespace pgfold::canned {

namespace {

using namespace std::string_view_literals;

constexpr std::uint32_t protocol_3 = 3 << 16;
constexpr std::uint32_t protocol_3_2 = protocol_3 + 2;
constexpr std::uint32_t ssl_request = 80'877'103;
constexpr std::uint32_t gssenc_request = 80'877'104;

std::uint32_t number_at(std::span<const char> bytes) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i)
        value = value << 8 | static_cast<unsigned char>(bytes[i]);
    return value;
}

std::string message(char type, std::string_view body) {
    const auto length = static_cast<std::uint32_t>(body.size() + 4);
    std::string made(1, type);
    for (int shift = 24; shift >= 0; shift -= 8)
        made += static_cast<char>(length >> shift & 0xff);
    return made += body;
}

const std::string ready = message('Z', "I");
// One column named abalance, of type int4, as text.
const std::string row_description = message('T',
                                            "\0\1"
                                            "abalance\0"
                                            "\0\0\0\0\0\0"
                                            "\0\0\0\x17\0\4\xff\xff\xff\xff\0\0"sv);
const std::string parameter_description = message('t', "\0\1\0\0\0\x17"sv);
const std::string row = message('D', "\0\1\0\0\0\1\x30"sv) + message('C', "SELECT 1\0"sv);
const std::string query_answer = row_description + row + ready;
const std::string parse_complete = message('1', "");
const std::string bind_complete = message('2', "");
const std::string close_complete = message('3', "");

std::string make_welcome() {
    std::string all = message('R', "\0\0\0\0"sv);
    for (const auto& [name, value] : std::initializer_list<std::pair<const char*, const char*>>{
             {"server_version", "15.0"},
             {"server_encoding", "UTF8"},
             {"client_encoding", "UTF8"},
             {"DateStyle", "ISO, MDY"},
             {"integer_datetimes", "on"},
             {"standard_conforming_strings", "on"}})
        all += message('S', std::string(name) + '\0' + value + '\0');
    return all + message('K', "\0\0\0\1\0\0\0\1"sv) + ready;
}
const std::string welcome = make_welcome();

}  // namespace

std::size_t canned_conversation::answer(std::span<const char> bytes, std::string& replies) {
    std::size_t used = 0;
    while (!over_) {
        const auto rest = bytes.subspan(used);
        const std::size_t type_bytes = started_ ? 1 : 0;
        if (rest.size() < type_bytes + 4) break;
        const std::size_t length = number_at(rest.subspan(type_bytes));
        if (length < 4) {
            over_ = true;
            break;
        }
        if (rest.size() < type_bytes + length) break;
        const auto body = rest.subspan(type_bytes + 4, length - 4);
        if (started_)
            answer_message(rest.front(), body, replies);
        else
            answer_startup(body, replies);
        used += type_bytes + length;
    }
    return used;
}

void canned_conversation::answer_startup(std::span<const char> body, std::string& replies) {
    const std::uint32_t code = body.size() < 4 ? 0 : number_at(body);
    if (code == ssl_request || code == gssenc_request) {
        replies += 'N';
    } else if (code == protocol_3 || code == protocol_3_2) {
        started_ = true;
        replies += welcome;
    } else {
        over_ = true;
    }
}

void canned_conversation::answer_message(char type, std::span<const char> body,
                                         std::string& replies) {
    switch (type) {
        case 'Q':
            replies += query_answer;
            break;
        case 'P':
            replies += parse_complete;
            break;
        case 'B':
            replies += bind_complete;
            break;
        case 'D':
            if (!body.empty() && body.front() == 'S') replies += parameter_description;
            replies += row_description;
            break;
        case 'E':
            replies += row;
            break;
        case 'C':
            replies += close_complete;
            break;
        case 'S':
            replies += ready;
            break;
        case 'H':
            break;
        default:
            over_ = true;
    }
}

}  // namespace pgfold::canned
