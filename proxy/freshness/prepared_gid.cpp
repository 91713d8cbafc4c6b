#include "proxy/freshness/prepared_gid.hpp"

#include <vector>

#include "analyzer/sql/sql_lexer.hpp"

namespace pgfold::freshness {

std::optional<std::string> prepared_gid(std::string_view text) {
    constexpr std::size_t text_bytes_max = 1024;  // a gid has less than 200
    if (text.size() > text_bytes_max) return std::nullopt;
    const sql::sql_lexer lexer;
    std::vector<sql::token> tokens;
    if (lexer.tokenize(text, {}, tokens) != sql::lex_status::ok) return std::nullopt;
    std::optional<std::string_view> quoted;
    for (const sql::token& t : tokens) {
        if (t.kind != sql::token_kind::literal) continue;
        if (quoted || t.literal != sql::literal_kind::string) return std::nullopt;
        quoted = text.substr(t.offset, t.length);
    }
    if (!quoted || quoted->size() < 2) return std::nullopt;
    const std::string_view inside = quoted->substr(1, quoted->size() - 2);
    // Backslashes depend on standard_conforming_strings, and 'a' 'b' may go on over lines.
    if (inside.find_first_of("\\\n") != std::string_view::npos) return std::nullopt;
    std::string gid;
    for (std::size_t i = 0; i < inside.size(); ++i) {
        gid += inside[i];
        if (inside[i] != '\'') continue;
        if (++i >= inside.size() || inside[i] != '\'') return std::nullopt;
    }
    return gid;
}

}  // namespace pgfold::freshness
