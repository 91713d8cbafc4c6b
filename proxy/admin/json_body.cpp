#include "proxy/admin/json_body.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstddef>

namespace pgfold::admin {
namespace {

bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

// Length of the well-formed sequence at the start of `text`; 0 if there is none. RFC 3629.
std::size_t sequence_length(std::string_view text) {
    const auto first = static_cast<unsigned char>(text[0]);
    if (first < 0x80) return 1;
    std::size_t length = 0;
    if (first >= 0xC2 && first <= 0xDF) length = 2;
    if (first >= 0xE0 && first <= 0xEF) length = 3;
    if (first >= 0xF0 && first <= 0xF4) length = 4;
    if (length == 0 || text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if (!is_continuation(text[i])) return 0;
    }
    const auto second = static_cast<unsigned char>(text[1]);
    if (first == 0xE0 && second < 0xA0) return 0;  // overlong
    if (first == 0xED && second > 0x9F) return 0;  // surrogate
    if (first == 0xF0 && second < 0x90) return 0;  // overlong
    if (first == 0xF4 && second > 0x8F) return 0;  // past U+10FFFF
    return length;
}

}  // namespace

std::string valid_utf8(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    while (!text.empty()) {
        const std::size_t length = sequence_length(text);
        if (length == 0) {
            result += "\xEF\xBF\xBD";
            text.remove_prefix(1);
        } else {
            result += text.substr(0, length);
            text.remove_prefix(length);
        }
    }
    return result;
}

http_response json_response(const boost::json::object& body, unsigned status) {
    http_response response;
    response.status = status;
    response.body = valid_utf8(boost::json::serialize(body));
    response.body += '\n';
    return response;
}

http_response error_response(unsigned status, const std::string& message) {
    boost::json::object body;
    body["error"] = message;
    return json_response(body, status);
}

}  // namespace pgfold::admin
