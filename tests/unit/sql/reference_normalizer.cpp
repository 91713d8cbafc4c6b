#include "unit/sql/reference_normalizer.hpp"

#include <pg_query.h>
#include <pg_query/pg_query.pb-c.h>

#include <cctype>
#include <cstring>
#include <string_view>

namespace pgfold::sql::reference {
namespace {

struct scanned {
    span where;
    bool comment = false;
};

// The scanner loses the end of tokens that start with U&.
std::uint32_t end_of(const std::string& text, const PgQuery__ScanToken& t, std::size_t next) {
    const auto begin = static_cast<std::size_t>(t.start);
    const std::string_view start = std::string_view(text).substr(begin, 3);
    if (start.size() == 3 && (start[0] == 'u' || start[0] == 'U') && start[1] == '&' &&
        (start[2] == '\'' || start[2] == '"'))
        return static_cast<std::uint32_t>(text.rfind(start[2], next - 1) + 1);
    return static_cast<std::uint32_t>(t.end);
}

std::optional<std::vector<scanned>> scan(const std::string& text) {
    const PgQueryScanResult result = pg_query_scan(text.c_str());
    std::optional<std::vector<scanned>> tokens;
    if (result.error == nullptr) {
        tokens.emplace();
        PgQuery__ScanResult* unpacked = pg_query__scan_result__unpack(
            nullptr, result.pbuf.len, reinterpret_cast<const std::uint8_t*>(result.pbuf.data));
        for (std::size_t i = 0; unpacked != nullptr && i < unpacked->n_tokens; ++i) {
            const PgQuery__ScanToken& t = *unpacked->tokens[i];
            const bool comment =
                t.token == PG_QUERY__TOKEN__SQL_COMMENT || t.token == PG_QUERY__TOKEN__C_COMMENT;
            const std::size_t next = i + 1 < unpacked->n_tokens
                                         ? static_cast<std::size_t>(unpacked->tokens[i + 1]->start)
                                         : text.size();
            const auto begin = static_cast<std::uint32_t>(t.start);
            tokens->push_back({{begin, end_of(text, t, next) - begin}, comment});
        }
        pg_query__scan_result__free_unpacked(unpacked, nullptr);
    }
    pg_query_free_scan_result(result);
    return tokens;
}

bool is_operator_or_punctuation(std::string_view token) {
    if (token.empty()) return true;
    if (token[0] == '.') return token.size() < 2 || token[1] < '0' || token[1] > '9';
    return std::strchr("~!@#^&|`?+-*/%<>=,()[];:", token[0]) != nullptr;
}

// Length of "$<digits>" at the start, or 0.
std::size_t parameter_length(std::string_view text) {
    std::size_t length = 1;
    while (length < text.size() && text[length] >= '0' && text[length] <= '9')
        ++length;
    return !text.empty() && text[0] == '$' && length > 1 ? length : 0;
}

std::optional<std::vector<span>> find_replaced(const std::string& text,
                                               const std::vector<scanned>& tokens,
                                               std::string_view normalized) {
    std::vector<span> replaced;
    std::size_t at = 0;
    std::size_t out = 0;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const std::size_t begin = tokens[i].where.offset;
        if (begin < at || text.compare(at, begin - at, normalized, out, begin - at) != 0)
            return std::nullopt;
        out += begin - at;
        at = begin;
        const std::string_view token(text.data() + begin, tokens[i].where.length);
        const std::string_view rest = normalized.substr(std::min(out, normalized.size()));
        const std::size_t parameter = parameter_length(rest);
        if (parameter == 0 || tokens[i].comment || parameter_length(token) != 0) {
            if (!rest.starts_with(token)) return std::nullopt;
            at += token.size();
            out += token.size();
            continue;
        }
        std::size_t end = begin + token.size();
        if (token == "-") {
            if (++i == tokens.size() || tokens[i].comment) return std::nullopt;
            end = tokens[i].where.offset + tokens[i].where.length;
            const char next = text[tokens[i].where.offset];
            // Of -'5' the tree keeps the minus: its text is not what was normalized.
            if (next != '.' && (next < '0' || next > '9')) return std::nullopt;
        } else if (is_operator_or_punctuation(token)) {
            return std::nullopt;
        }
        replaced.push_back(
            {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end - begin)});
        at = end;
        out += parameter;
    }
    if (normalized.substr(std::min(out, normalized.size())) != std::string_view(text).substr(at))
        return std::nullopt;
    return replaced;
}

}  // namespace

answer ask(const std::string& text) {
    answer result;
    const auto tokens = scan(text);
    if (tokens) {
        result.tokens.emplace();
        for (const scanned& t : *tokens) {
            const std::string_view token(text.data() + t.where.offset, t.where.length);
            if (!t.comment && !is_operator_or_punctuation(token)) result.tokens->push_back(t.where);
        }
    }
    const PgQueryFingerprintResult fingerprint = pg_query_fingerprint(text.c_str());
    result.parses = fingerprint.error == nullptr;
    result.fingerprint = fingerprint.fingerprint;
    pg_query_free_fingerprint_result(fingerprint);
    if (!result.parses) return result;

    const PgQueryNormalizeResult normalized = pg_query_normalize(text.c_str());
    result.parses = normalized.error == nullptr;
    if (result.parses) {
        result.normalized = normalized.normalized_query;
        if (tokens) result.replaced = find_replaced(text, *tokens, result.normalized);
    }
    pg_query_free_normalize_result(normalized);
    return result;
}

}  // namespace pgfold::sql::reference
