// Whatever key is read out of a text can be written in the same notation and is then read again as
// the same key, by one token of one literal: no value of a database breaks out of its quotes.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "analyzer/sql/sql_lexer.hpp"
#include "proxy/fold/batch/key_encoding.hpp"
#include "proxy/fold/batch/key_value.hpp"
#include "proxy/fold/batch/text_edit.hpp"
#include "proxy/protocol/byte_reader.hpp"

using namespace pgfold;
using namespace pgfold::fold;

namespace {

std::optional<std::string> key_of(std::string_view token) {
    return canonical_key(
        detect::argument{.bytes = token, .format = detect::argument_format::literal});
}

// `key` written as `style` must be one literal, as PostgreSQL's scanner sees it.
void check(const std::string& key, const literal_style& style, sql::text_settings settings) {
    std::vector<std::byte> out;
    if (!append_literal(out, key, style, settings)) {
        if (!out.empty()) std::abort();
        return;
    }
    const std::string_view written = protocol::as_text(out);
    std::vector<sql::token> tokens;
    if (sql::sql_lexer().tokenize(written, settings, tokens) != sql::lex_status::ok) std::abort();
    std::size_t literals = 0;
    std::string token;
    for (const sql::token& t : tokens) {
        const std::string_view text = written.substr(t.offset, t.length);
        if (t.kind == sql::token_kind::literal) {
            ++literals;
            token += text;
        } else if (text == "-") {
            token += text;
        } else if (text != "(" && text != ")") {
            std::abort();
        }
    }
    if (literals != 1 || key_of(token) != key) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const sql::text_settings settings{.standard_conforming_strings = (data[0] & 1) == 0,
                                      .single_byte_safe_encoding = (data[0] & 2) == 0};
    const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);

    const std::string any_key(text.substr(0, key_bytes_max));
    for (const std::uint32_t type : {0u, 19u, 20u, 21u, 23u, 25u, 26u, 1043u, 2950u}) {
        for (const bool binary : {false, true}) {
            const auto key = canonical_key(text, type, binary);
            std::vector<std::byte> bound;
            // What was read in a format is what is written in it: but for a uuid's spelling.
            if (key && !append_bound_value(bound, *key, type, binary)) std::abort();
            if (key && !(type == 2950 && !binary) && protocol::as_text(bound).substr(4) != text)
                std::abort();
            std::string element;
            if (key && type != 0 && !append_array_element(element, *key, type)) std::abort();
        }
    }

    std::vector<sql::token> tokens;
    if (sql::sql_lexer().tokenize(text, settings, tokens) != sql::lex_status::ok) return 0;
    std::vector<sql::literal_span> literals;
    for (const sql::token& t : tokens) {
        if (t.kind != sql::token_kind::literal) continue;
        literals.push_back({t.offset, t.length, t.literal});
        const std::string_view token = text.substr(t.offset, t.length);
        const auto style = read_literal_style(token, t.literal);
        if (!style) continue;
        if (const auto key = key_of(token)) check(*key, *style, settings);
        check("-24", *style, settings);
        if (any_key.find('\0') == std::string::npos) check(any_key, *style, settings);
    }

    // Every literal a key: the text is taken apart or refused.
    std::vector<replaced_key> keys;
    for (std::size_t i = 0; i < literals.size() && i < 8; ++i)
        keys.push_back({static_cast<std::uint16_t>(i + 1), "pgfold_k.k"});
    static_cast<void>(edit_text(text, literals, 0, settings, keys, 1));
    return 0;
}
