// SQL text in, template and literal spans out.
//
// Flow, cheapest first: a text seen before byte for byte is found by its hash; otherwise the lexer
// writes down its shape in one pass, and the hash of the shape finds the template; only a new shape
// is parsed by libpg_query, on a stack that is large enough. README.md tells the whole way.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "analyzer/sql/statement_template.hpp"

namespace pgfold::sql {

enum class literal_kind : std::uint8_t {
    integer,         // 24, -3; any number of digits
    number,          // 1.5, .5, -1e5
    string,          // 'it''s'
    escape_string,   // E'a\n'
    unicode_string,  // U&'d\0061t'; a UESCAPE clause stays in the text
    bit_string,      // B'01'
    hex_string,      // X'1F'
    dollar_string,   // $$x$$, $tag$x$tag$
    boolean,         // TRUE, FALSE
    null,            // NULL; ALL in LIMIT ALL
    word,            // a bare word that the grammar takes for a string: EXTRACT(year FROM …)
};

// A literal of the client's text, quotes, sign and prefix included. Literals are exactly the
// constants that libpg_query's normalizer replaces, numbered in the order of the text.
struct literal_span {
    std::uint32_t offset = 0;
    std::uint32_t length = 0;
    literal_kind kind = literal_kind::integer;
};

// A part of a text that outlives views into it.
struct text_part {
    std::uint32_t offset = 0, length = 0;

    text_part() = default;
    text_part(std::string_view text, std::string_view part)  // `part` is within `text`, or empty
        : offset(part.empty() ? 0 : static_cast<std::uint32_t>(part.data() - text.data())),
          length(static_cast<std::uint32_t>(part.size())) {}
    [[nodiscard]] std::string_view of(std::string_view text) const {
        return text.substr(offset, length);
    }
};

// The result points into the analyzer and into the text: valid until the next call.
struct analysis {
    template_ptr statement;                  // null: not analysed (too long, invalid), forward it
    std::span<const literal_span> literals;  // literal i is $(statement->bound_parameters + i + 1)
    std::string_view tag_comment;            // last comment that holds tags, else empty
    // The comment with a directive of pgfold's (pgfold:ignore), else empty. It may be tag_comment,
    // a part of it, or stand elsewhere.
    std::string_view directive;
};

struct text_settings {
    bool standard_conforming_strings = true;
    // client_encoding is UTF8 or single-byte: no 0x5c in a trailing byte
    bool single_byte_safe_encoding = true;
};

struct analyzer_counters {
    std::uint64_t text_hits = 0;      // known byte for byte
    std::uint64_t template_hits = 0;  // lexed, template known
    std::uint64_t parsed = 0;         // libpg_query ran
    std::uint64_t slow_path = 0;      // the lexer had a doubt and libpg_query's normalizer decided
    std::uint64_t rejected = 0;       // libpg_query could not parse, now or when last asked
    std::uint64_t too_long = 0;       // over a limit: bytes, parameters, depth
    std::uint64_t unsafe_encoding = 0;  // not ASCII, in an encoding where bytes are not characters
};

class template_table;  // shared between threads, bounded

// One per thread.
class statement_analyzer {
public:
    struct limits {
        std::size_t text_bytes_max = 1 << 20;  // longer texts are not analysed
        std::size_t texts_max = 4096;          // entries of the byte-for-byte table
        std::size_t text_cache_bytes_max = 8 << 20;
    };
    explicit statement_analyzer(std::shared_ptr<template_table> templates);
    statement_analyzer(std::shared_ptr<template_table> templates, limits bounds);
    ~statement_analyzer();
    statement_analyzer(const statement_analyzer&) = delete;
    statement_analyzer& operator=(const statement_analyzer&) = delete;

    // Never throws for any input.
    [[nodiscard]] analysis analyze(std::string_view text, text_settings settings = {});

    [[nodiscard]] const analyzer_counters& counters() const;

private:
    struct implementation;
    std::unique_ptr<implementation> implementation_;
};

// `templates_max` entries, least recently used out first. Thread-safe.
[[nodiscard]] std::shared_ptr<template_table> make_template_table(
    std::size_t templates_max = 20'000);

}  // namespace pgfold::sql
