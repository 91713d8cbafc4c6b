#include "proxy/cache/answer_key.hpp"

#include <algorithm>

namespace pgfold::cache {
namespace {

constexpr std::size_t key_bytes_max = 4096;

constexpr std::uint64_t hash_domain_key = 0x40000;

template <typename Number>
void append_number(std::string& out, Number value) {
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// A tag that tells format and length where the length is small, as it mostly is.
void append_argument(std::string& out, const detect::argument& a) {
    constexpr std::uint8_t long_value = 63;
    const auto format = static_cast<std::uint8_t>(a.is_null ? 3 : static_cast<int>(a.format));
    const std::size_t size = a.is_null ? 0 : a.bytes.size();
    const auto shown = static_cast<std::uint8_t>(std::min<std::size_t>(size, long_value));
    out.push_back(static_cast<char>(format << 6 | shown));
    if (shown == long_value) append_number(out, static_cast<std::uint32_t>(size));
    if (!a.is_null) out.append(a.bytes);
}

// Mostly there are none, or all are alike.
template <typename Number>
void append_list(std::string& out, std::span<const Number> values) {
    const bool plain =
        std::all_of(values.begin(), values.end(), [](Number value) { return value == 0; });
    const bool alike = !values.empty() && values.front() == 1 && values.size() == 1;
    out.push_back(plain ? '\0' : alike ? '\1' : '\2');
    if (plain || alike) return;
    append_number(out, static_cast<std::uint16_t>(values.size()));
    for (const Number value : values)
        append_number(out, value);
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

bool contains_word_of_time(std::string_view text) {
    constexpr std::string_view words[] = {"now", "today", "tomorrow", "yesterday"};
    return std::any_of(std::begin(words), std::end(words), [text](std::string_view word) {
        return std::search(text.begin(), text.end(), word.begin(), word.end(),
                           [](char a, char b) { return lower(a) == b; }) != text.end();
    });
}

}  // namespace

bool make_key(const question& asked, const sql::keyed_hash& hash, answer_key& key) {
    key.bytes.clear();
    append_list(key.bytes, asked.declared_types);
    append_list(key.bytes, asked.result_formats);
    for (const detect::argument& a : asked.arguments) {
        if (key.bytes.size() + a.bytes.size() > key_bytes_max) return false;
        append_argument(key.bytes, a);
    }
    // The scope is hashed only: it consists of hashes, and of an address.
    const std::size_t size = key.bytes.size();
    append_number(key.bytes, reinterpret_cast<std::uintptr_t>(asked.database));
    append_number(key.bytes, asked.settings.low);
    append_number(key.bytes, asked.settings.high);
    append_number(key.bytes, asked.statement.hash_low);
    append_number(key.bytes, asked.statement.hash_high);
    key.hash = hash(key.bytes, hash_domain_key);
    key.bytes.resize(size);
    return true;
}

bool may_name_the_time(std::span<const detect::argument> arguments) {
    return std::any_of(arguments.begin(), arguments.end(), [](const detect::argument& a) {
        return !a.is_null && a.format != detect::argument_format::binary && a.bytes.size() >= 3 &&
               contains_word_of_time(a.bytes);
    });
}

}  // namespace pgfold::cache
