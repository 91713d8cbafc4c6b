#include "proxy/cache/shared/stored_answer.hpp"

#include <sodium.h>

#include <array>
#include <cstring>
#include <stdexcept>

namespace pgfold::cache {
namespace {

constexpr std::string_view format_mark = "pgfold-answer-1";
constexpr std::size_t digest_bytes = 32;
constexpr std::size_t token_bytes = 16;

void begin_sodium() {
    static const bool ready = sodium_init() >= 0;
    if (!ready) throw std::runtime_error("libsodium cannot be initialized");
}

template <typename Number>
void append_number(std::string& out, Number value) {
    for (std::size_t i = 0; i < sizeof value; ++i)
        out.push_back(static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i) & 0xff));
}

void append_text(std::string& out, std::string_view text) {
    append_number(out, static_cast<std::uint32_t>(text.size()));
    out.append(text);
}

struct reader {
    std::string_view rest;
    bool good = true;

    std::string_view bytes(std::size_t size) {
        if (rest.size() < size) {
            good = false;
            return {};
        }
        const auto result = rest.substr(0, size);
        rest.remove_prefix(size);
        return result;
    }
    std::uint64_t number(std::size_t size) {
        std::uint64_t value = 0;
        const auto taken = bytes(size);
        for (std::size_t i = taken.size(); i-- > 0;)
            value = value << 8 | static_cast<unsigned char>(taken[i]);
        return value;
    }
    std::string_view text() { return bytes(number(4)); }
};

}  // namespace

std::string digest_of(std::span<const std::string_view> parts) {
    begin_sodium();
    std::string all;
    for (const std::string_view part : parts)
        append_text(all, part);
    std::array<unsigned char, digest_bytes> digest{};
    crypto_generichash(digest.data(), digest.size(),
                       reinterpret_cast<const unsigned char*>(all.data()), all.size(), nullptr, 0);
    std::string hex(2 * digest_bytes + 1, '\0');
    sodium_bin2hex(hex.data(), hex.size(), digest.data(), digest.size());
    hex.pop_back();
    return hex;
}

std::string new_token() {
    begin_sodium();
    std::string token(token_bytes, '\0');
    randombytes_buf(token.data(), token.size());
    return token;
}

std::string encode(const stored_answer& answer) {
    std::string out(format_mark);
    append_number(out, static_cast<std::uint16_t>(answer.tokens.size()));
    for (const std::string_view token : answer.tokens)
        append_text(out, token);
    append_number(out, answer.born_ms);
    append_number(out, answer.count);
    append_text(out, answer.row_description);
    append_text(out, answer.rows);
    return out;
}

std::optional<stored_answer> decode(std::string_view bytes) {
    reader in{bytes};
    if (in.bytes(format_mark.size()) != format_mark) return std::nullopt;
    stored_answer answer;
    const std::size_t tokens = in.number(2);
    for (std::size_t i = 0; i < tokens && in.good; ++i)
        answer.tokens.push_back(in.text());
    answer.born_ms = static_cast<std::int64_t>(in.number(8));
    answer.count = static_cast<std::uint32_t>(in.number(4));
    answer.row_description = in.text();
    answer.rows = in.text();
    if (!in.good || !in.rest.empty()) return std::nullopt;
    return answer;
}

}  // namespace pgfold::cache
