#include "proxy/capture/message_filter.hpp"

#include <algorithm>
#include <cstring>

#include "proxy/capture/binary_pseudonyms.hpp"
#include "proxy/protocol/frontend/bind.hpp"

namespace pgfold::capture {
namespace {

std::span<char> as_chars(std::span<std::byte> bytes) {
    return {reinterpret_cast<char*>(bytes.data()), bytes.size()};
}

void fill(std::span<std::byte> bytes, char with) {
    std::fill(bytes.begin(), bytes.end(), static_cast<std::byte>(with));
}

// Up to the zero byte, or the end.
std::span<std::byte> string_at(std::span<std::byte> body, std::size_t at) {
    if (at >= body.size()) return {};
    const auto rest = body.subspan(at);
    const auto end = std::find(rest.begin(), rest.end(), std::byte{0});
    return rest.first(static_cast<std::size_t>(end - rest.begin()));
}

}  // namespace

void message_filter::on_client(std::uint8_t type, std::span<std::byte> body) {
    if (values_ != nullptr) types_.on_client(type, body);
    switch (type) {
        case 'p':
            on_password(body);
            return;
        case 'Q':
            redact_statement(string_at(body, 0));
            return;
        case 'P':
            redact_statement(string_at(body, string_at(body, 0).size() + 1));
            return;
        default:
            break;
    }
    if (values_ == nullptr) return;
    switch (type) {
        case 'B':
            redact_bind(body);
            break;
        case 'd':
            redact_copy_data(body);
            break;
        case 'f':
            values_->replace_text(as_chars(string_at(body, 0)));
            break;
        case 'F':
            if (body.size() > 4) fill(body.subspan(4), 0);
            break;
        default:
            break;
    }
}

void message_filter::on_server(std::uint8_t type, std::span<std::byte> body) {
    if (type == 'Z') authenticating_ = false;
    if (type == 'R') on_authentication(body);
    if (type == 'K' && body.size() > 4) fill(body.subspan(4), 0);
    if (values_ == nullptr) return;
    switch (type) {
        case 'D':
            redact_row(body);
            break;
        case 'E':
        case 'N':
            if (!authenticating_) redact_error(body);
            break;
        case 'A':
            redact_strings(body, 4 + string_at(body, 4).size() + 1);
            break;
        case 'G':
        case 'H':
        case 'W':
            // What replication sends is binary whatever it says.
            copy_is_binary_ = type == 'W' || (!body.empty() && body[0] != std::byte{0});
            break;
        case 'd':
            redact_copy_data(body);
            break;
        case 'V':
            if (body.size() > 4) fill(body.subspan(4), 0);
            break;
        default:
            break;
    }
    types_.on_server(type, body);
}

void message_filter::on_password(std::span<std::byte> body) {
    std::size_t begin = 0;
    if (expects_mechanism_) begin = std::min(body.size(), string_at(body, 0).size() + 5);
    expects_mechanism_ = false;
    auto secret = body.subspan(begin);
    if (begin == 0 && !secret.empty() && secret.back() == std::byte{0})
        secret = secret.first(secret.size() - 1);  // a string stays one
    fill(secret, '*');
}

void message_filter::on_authentication(std::span<std::byte> body) {
    constexpr std::byte sasl{10};
    if (body.size() < 4) return;
    expects_mechanism_ = body[3] == sasl;
    if (body[3] != sasl) fill(body.subspan(4), '*');  // salts, challenges, signatures
}

void message_filter::redact_statement(std::span<std::byte> text) {
    if (text.empty()) return;
    if (values_ != nullptr) sql_.replace_literals(as_chars(text), *values_);
    sql_.hide_passwords(as_chars(text));
}

void message_filter::redact_bind(std::span<std::byte> body) {
    const auto view = protocol::parse_bind(body);
    if (!view) {
        fill(body, 0);
        return;
    }
    auto at = static_cast<std::size_t>(view->parameter_values.data() - body.data());
    for (std::size_t i = 0; i < view->parameter_count; ++i) {
        const std::uint32_t length = protocol::load_uint32(body.data() + at);
        at += 4;
        if (length == 0xffff'ffff) continue;
        const auto value = body.subspan(at, length);
        at += length;
        if (view->parameter_formats.of(i) == 0)
            values_->replace_text(as_chars(value));
        else
            replace_binary(*values_, types_.parameter_type(view->statement_name, i), value);
    }
}

void message_filter::redact_row(std::span<std::byte> body) {
    if (body.size() < 2) return;
    const std::size_t columns = protocol::load_uint16(body.data());
    std::size_t at = 2;
    for (std::size_t i = 0; i < columns && at + 4 <= body.size(); ++i) {
        const std::uint32_t length = protocol::load_uint32(body.data() + at);
        at += 4;
        if (length == 0xffff'ffff) continue;
        if (length > body.size() - at) break;
        const auto value = body.subspan(at, length);
        at += length;
        if (types_.column_is_binary(i))
            replace_binary(*values_, types_.column_type(i), value);
        else
            values_->replace_text(as_chars(value));
    }
    fill(body.subspan(at), 0);
}

// A message quotes what it complains about; details and contexts are values for the most part.
void message_filter::redact_error(std::span<std::byte> body) {
    for (std::size_t at = 0; at < body.size() && body[at] != std::byte{0};) {
        const char field = std::to_integer<char>(body[at]);
        const auto text = as_chars(string_at(body, at + 1));
        at += text.size() + 2;
        constexpr std::string_view values_in = "DHWq";
        if (values_in.find(field) != std::string_view::npos) {
            values_->replace_text(text);
        } else if (field == 'M') {
            for (auto open = std::find(text.begin(), text.end(), '"'); open != text.end();) {
                const auto begin = open + 1;
                const auto close = std::find(begin, text.end(), '"');
                values_->replace_text({begin, close});
                open = close == text.end() ? close : std::find(close + 1, text.end(), '"');
            }
        }
    }
}

// Text and CSV: what stands between delimiters is a value. A binary COPY may be cut anywhere.
void message_filter::redact_copy_data(std::span<std::byte> body) {
    if (copy_is_binary_) {
        fill(body, 0);
        return;
    }
    const auto text = as_chars(body);
    constexpr std::string_view delimiters = "\t\n\r,;|\"";
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t begin = i;
        while (i < text.size() && delimiters.find(text[i]) == std::string_view::npos)
            ++i;
        const auto value = text.subspan(begin, i - begin);
        const bool is_mark = value.size() == 2 && value[0] == '\\';  // \N, \.
        if (!value.empty() && !is_mark) values_->replace_text(value);
        ++i;
    }
}

void message_filter::redact_strings(std::span<std::byte> body, std::size_t from) {
    if (from < body.size()) values_->replace_text(as_chars(string_at(body, from)));
}

}  // namespace pgfold::capture
