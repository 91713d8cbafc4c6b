#include "analyzer/sql/statement_analyzer.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "analyzer/sql/hash_domain.hpp"
#include "analyzer/sql/sql_lexer.hpp"
#include "analyzer/sql/template_resolver.hpp"
#include "analyzer/sql/template_table.hpp"
#include "analyzer/sql/text_cache.hpp"

namespace pgfold::sql {
namespace {

constexpr std::size_t buffers_kept_bytes_max = std::size_t{256} * 1024;

bool is_ascii(std::string_view text) {
    return std::none_of(text.begin(), text.end(),
                        [](char c) { return static_cast<unsigned char>(c) >= 128; });
}

}  // namespace

struct statement_analyzer::implementation {
    std::shared_ptr<template_table> templates;
    limits bounds;
    analyzer_counters counters;
    sql_lexer lexer;
    text_cache texts;
    template_resolver resolver;

    implementation(std::shared_ptr<template_table> table, const limits& l)
        : templates(std::move(table)),
          bounds(l),
          texts(l.texts_max, l.text_cache_bytes_max),
          resolver(*templates, lexer, counters) {}

    analysis analyze(std::string_view text, text_settings settings) {
        if (text.size() > bounds.text_bytes_max) {
            ++counters.too_long;
            return {};
        }
        const hash128 text_key = templates->hash()(text, domain_text + settings_bits(settings));
        if (const auto known = texts.find(text_key, text)) {
            known->statement ? ++counters.text_hits : ++counters.rejected;
            return *known;
        }
        if (!settings.single_byte_safe_encoding && !is_ascii(text)) {
            ++counters.unsafe_encoding;
            return {};
        }
        const lexed_text lexed = lexer.lex(text, settings);
        if (text.size() > buffers_kept_bytes_max / 4) shrink_later = true;
        analysis result;
        result.tag_comment = lexed.tag_comment;
        result.directive = lexed.directive;
        keep_text keep = keep_text::from_second_time;
        switch (lexed.status) {
            case lex_status::ok:
                keep = resolver.resolve(text, settings, lexed, result);
                break;
            case lex_status::malformed:
                ++counters.rejected;
                break;
            case lex_status::too_many_params:
                ++counters.too_long;
                keep = keep_text::no;
                break;
        }
        if (keep != keep_text::no) texts.store(text_key, text, result, keep == keep_text::at_once);
        return result;
    }

    bool shrink_later = false;
};

statement_analyzer::statement_analyzer(std::shared_ptr<template_table> templates)
    : statement_analyzer(std::move(templates), limits{}) {}

statement_analyzer::statement_analyzer(std::shared_ptr<template_table> templates, limits bounds)
    : implementation_(std::make_unique<implementation>(std::move(templates), bounds)) {}

statement_analyzer::~statement_analyzer() = default;

analysis statement_analyzer::analyze(std::string_view text, text_settings settings) {
    implementation& self = *implementation_;
    try {
        if (self.shrink_later) {
            self.lexer.shrink(buffers_kept_bytes_max);
            self.shrink_later = false;
        }
        return self.analyze(text, settings);
    } catch (const std::exception&) {
        // Out of memory: forwarding goes on without analysis.
        ++self.counters.rejected;
        return {};
    }
}

const analyzer_counters& statement_analyzer::counters() const {
    return implementation_->counters;
}

}  // namespace pgfold::sql
