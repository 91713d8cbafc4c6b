#include "analyzer/sql/statement_analyzer.hpp"

#include <algorithm>
#include <exception>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/sql/set_associative_cache.hpp"
#include "analyzer/sql/sql_lexer.hpp"
#include "analyzer/sql/template_builder.hpp"
#include "analyzer/sql/template_table.hpp"
#include "analyzer/sql/text_cache.hpp"
#include "analyzer/sql/varying_parts.hpp"

namespace pgfold::sql {
namespace {

constexpr std::size_t front_entries = 4096;
constexpr std::size_t rejected_entries = 1024;
constexpr std::size_t buffers_kept_bytes_max = 256 * 1024;

// Domains of the keyed hash; the settings that change what a text means are part of it.
constexpr std::uint64_t domain_text = 1;   // + 1 with standard_conforming_strings off, + 2 with
                                           // an unsafe encoding
constexpr std::uint64_t domain_shape = 8;  // the same
constexpr std::uint64_t domain_shape_value = 16;
constexpr std::uint64_t domain_varying = 17;

std::uint64_t settings_bits(text_settings settings) {
    return (settings.standard_conforming_strings ? 0u : 1u) |
           (settings.single_byte_safe_encoding ? 0u : 2u);
}

bool is_ascii(std::string_view text) {
    return std::none_of(text.begin(), text.end(),
                        [](char c) { return static_cast<unsigned char>(c) >= 128; });
}

// A shape in the thread's own front.
struct known_shape {
    shape_ptr shared;
    // The template under a count of this thread: copies do not bounce between cores.
    template_ptr statement;
};

// A shape that libpg_query has rejected. It may have been for the value of a constant (E'\xff'), so
// it is asked again now and then, ever less often.
struct rejected_shape {
    std::uint32_t seen = 0;
    std::uint32_t ask_at = 1;
};

template_ptr counted_locally(const template_ptr& shared) {
    const auto holder = std::make_shared<template_ptr>(shared);
    return {holder, shared.get()};
}

}  // namespace

struct statement_analyzer::implementation {
    std::shared_ptr<template_table> templates;
    limits bounds;
    analyzer_counters counters;
    sql_lexer lexer;
    template_builder builder;
    text_cache texts;
    set_associative_cache<known_shape> front;
    set_associative_cache<rejected_shape> rejected;
    std::vector<literal_span> literals;
    std::vector<token> tokens;
    sql_lexer canonical_lexer;
    std::string value_key;

    implementation(std::shared_ptr<template_table> table, const limits& l)
        : templates(std::move(table)),
          bounds(l),
          builder(*templates),
          texts(l.texts_max, l.text_cache_bytes_max),
          front(front_entries),
          rejected(rejected_entries) {}

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
        keep_text keep = keep_text::from_second_time;
        switch (lexed.status) {
            case lex_status::ok:
                keep = resolve(text, settings, lexed, result);
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

    // Whether the result goes to the byte-for-byte table.
    enum class keep_text : std::uint8_t { no, from_second_time, at_once };

    keep_text resolve(std::string_view text, text_settings settings, const lexed_text& lexed,
                      analysis& result) {
        const hash128 key = templates->hash()(lexed.shape, domain_shape + settings_bits(settings));
        const known_shape* known = find_shape(key);
        const bool by_text = known == nullptr || known->shared->mode == shape_mode::by_value;
        if (by_text && may_have_varying_parts(lexed.shape)) {
            if (resolve_varying(text, settings, lexed, result)) return keep_text::from_second_time;
            known = find_shape(key);  // the call may have moved it
        }
        if (known == nullptr || known->shared->mode == shape_mode::undecided)
            return build(text, settings, lexed, key, result);
        if (known->shared->mode == shape_mode::by_value) {
            const hash128 by_value = value_hash(text, lexed, *known->shared);
            const shape_ptr keep_alive = known->shared;
            known = find_shape(by_value);
            if (known == nullptr) return build(text, settings, lexed, key, result);
            result.statement = known->statement;
            result.literals = literals_of(text, settings, lexed, *keep_alive);
        } else {
            result.statement = known->statement;
            result.literals = literals_of(text, settings, lexed, *known->shared);
        }
        ++counters.template_hits;
        return keep_text::from_second_time;
    }

    // From the template of the canonical text (see varying_parts.hpp), without the parser once that
    // is known. Templates made so go to no table: there would be one for each name. False: nothing
    // varies, or it is no good.
    bool resolve_varying(std::string_view text, text_settings settings, const lexed_text& lexed,
                         analysis& result) {
        if (lexer.tokenize(text, settings, tokens) != lex_status::ok) return false;
        const std::vector<varying_part> parts = find_varying_parts(text, tokens);
        if (parts.empty()) return false;
        const std::string canonical = canonical_text(text, tokens, parts);
        if (canonical == text) return false;
        const lexed_text canonical_lexed = canonical_lexer.lex(canonical, settings);
        if (canonical_lexed.status != lex_status::ok ||
            canonical_lexed.candidates.size() != lexed.candidates.size())
            return false;
        analysis of_canonical;
        (void)resolve(canonical, settings, canonical_lexed, of_canonical);
        const hash128 key =
            templates->hash()(canonical_lexed.shape, domain_shape + settings_bits(settings));
        const known_shape* known = find_shape(key);
        if (!of_canonical.statement || known == nullptr ||
            known->shared->mode == shape_mode::undecided)
            return false;

        const shape_ptr found = known->shared;
        // Resolving the canonical text may have used the buffer.
        if (lexer.tokenize(text, settings, tokens) != lex_status::ok) return false;
        std::vector<token_action> actions = token_actions_of(*found);
        for (std::size_t i = 0; i < tokens.size(); ++i) {
            if (parts[i] == varying_part::value) actions[i] = token_action::mask;
        }
        auto named = std::make_shared<statement_template>(*of_canonical.statement);
        named->normalized_text =
            render_normalized(text, tokens, actions, of_canonical.statement->bound_parameters);
        // Fingerprints leave names and values out, but for what NOTIFY says.
        if (named->kind == statement_kind::notify)
            named->hash_high ^= templates->hash()(text, domain_varying).low;
        result.statement = std::move(named);
        literals.clear();
        append_literals(tokens, actions, literals);
        result.literals = literals;
        return true;
    }

    // One action per token of the text that was tokenized last, whose shape this is.
    std::vector<token_action> token_actions_of(const shape& s) const {
        std::vector<token_action> actions(tokens.size(), token_action::keep);
        if (!s.token_actions.empty()) {
            std::copy_n(s.token_actions.begin(), std::min(actions.size(), s.token_actions.size()),
                        actions.begin());
            return actions;
        }
        std::size_t candidate = 0;
        for (std::size_t i = 0; i < tokens.size(); ++i) {
            if (!tokens[i].is_candidate) continue;
            const candidate_action action =
                s.actions.empty() ? candidate_action::replace : s.actions[candidate];
            ++candidate;
            if (action == candidate_action::replace)
                actions[i] = token_action::replace;
            else if (action == candidate_action::replace_with_sign)
                actions[i] = token_action::replace_with_sign;
        }
        return actions;
    }

    const known_shape* find_shape(const hash128& key) {
        if (const known_shape* known = front.find(key)) return known;
        if (const shape_ptr shared = templates->find_shape(key)) return &to_front(key, shared);
        return nullptr;
    }

    const known_shape& remember(const hash128& key, shape_ptr added) {
        return to_front(key, templates->insert_shape(key, std::move(added)));
    }

    const known_shape& to_front(const hash128& key, const shape_ptr& shared) {
        known_shape known;
        known.shared = shared;
        if (shared->statement) known.statement = counted_locally(shared->statement);
        return front.insert(key, std::move(known));
    }

    std::span<const literal_span> literals_of(std::string_view text, text_settings settings,
                                              const lexed_text& lexed, const shape& s) {
        if (s.actions.empty() && s.token_actions.empty()) return lexed.candidates;
        literals.clear();
        if (!s.token_actions.empty())
            take_tokens(text, settings, s.token_actions);
        else
            take_candidates(lexed, s.actions);
        return literals;
    }

    void take_candidates(const lexed_text& lexed, const std::vector<candidate_action>& actions) {
        auto sign = lexed.minus_signs.begin();
        for (std::size_t i = 0; i < lexed.candidates.size(); ++i) {
            literal_span span = lexed.candidates[i];
            while (sign != lexed.minus_signs.end() && sign->candidate < i)
                ++sign;
            if (actions[i] == candidate_action::keep) continue;
            if (actions[i] == candidate_action::replace_with_sign &&
                sign != lexed.minus_signs.end() && sign->candidate == i) {
                span.length += span.offset - sign->offset;
                span.offset = sign->offset;
            }
            literals.push_back(span);
        }
    }

    void take_tokens(std::string_view text, text_settings settings,
                     const std::vector<token_action>& actions) {
        if (lexer.tokenize(text, settings, tokens) != lex_status::ok) return;
        append_literals(tokens, actions, literals);
    }

    hash128 value_hash(std::string_view text, const lexed_text& lexed, const shape& s) {
        value_key.assign(lexed.shape);
        for (std::size_t i = 0; i < lexed.candidates.size(); ++i) {
            const literal_span& span = lexed.candidates[i];
            if (s.actions[i] != candidate_action::keep) continue;
            value_key.push_back('\0');
            value_key.append(text.substr(span.offset, span.length));
        }
        return templates->hash()(value_key, domain_shape_value);
    }

    keep_text build(std::string_view text, text_settings settings, const lexed_text& lexed,
                    const hash128& key, analysis& result) {
        rejected_shape* before = rejected.find(key);
        if (before != nullptr && ++before->seen < before->ask_at) {
            ++counters.rejected;
            return keep_text::no;  // this very text may be valid
        }
        build_result built = builder.build(text, settings, lexer, lexed);
        if (built.status == build_status::too_big) {
            ++counters.too_long;
            return keep_text::no;
        }
        ++counters.parsed;
        if (built.status == build_status::rejected) {
            ++counters.rejected;
            if (before == nullptr) before = &rejected.insert(key, {});
            before->ask_at = std::min(before->seen * 2 + 2, std::uint32_t{1} << 30);
            return keep_text::at_once;
        }
        if (before != nullptr) before->ask_at = 0;
        if (built.mode == shape_mode::undecided) ++counters.slow_path;
        const known_shape& known = remember_shape(text, lexed, key, built);
        // Of an undecided shape the templates are many, and seldom met again.
        result.statement = known.statement ? known.statement : built.statement;
        literals = std::move(built.literals);
        result.literals = literals;
        return keep_text::at_once;
    }

    // Returns what stands for this text.
    const known_shape& remember_shape(std::string_view text, const lexed_text& lexed,
                                      const hash128& key, build_result& built) {
        if (built.mode == shape_mode::undecided) {
            if (const known_shape* known = front.find(key)) return *known;
        }
        auto added = std::make_shared<shape>();
        added->mode = built.mode;
        const bool all = std::all_of(built.actions.begin(), built.actions.end(),
                                     [](auto a) { return a == candidate_action::replace; });
        if (!all) added->actions = std::move(built.actions);
        added->token_actions = std::move(built.token_actions);
        if (added->mode != shape_mode::by_value) {
            if (added->mode == shape_mode::direct) added->statement = built.statement;
            return remember(key, std::move(added));
        }
        auto with_values = std::make_shared<shape>();
        with_values->statement = built.statement;
        const hash128 by_value = value_hash(text, lexed, *added);
        (void)remember(key, std::move(added));
        return remember(by_value, std::move(with_values));
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
