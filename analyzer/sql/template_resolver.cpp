#include "analyzer/sql/template_resolver.hpp"

#include <algorithm>
#include <utility>

#include "analyzer/sql/hash_domain.hpp"
#include "analyzer/sql/varying_parts.hpp"

namespace pgfold::sql {
namespace {

constexpr std::size_t front_entries = 4096;
constexpr std::size_t rejected_entries = 1024;

template_ptr counted_locally(const template_ptr& shared) {
    const auto holder = std::make_shared<template_ptr>(shared);
    return {holder, shared.get()};
}

}  // namespace

template_resolver::template_resolver(template_table& templates, sql_lexer& lexer,
                                     analyzer_counters& counters)
    : templates_(templates),
      lexer_(lexer),
      counters_(counters),
      builder_(templates),
      front_(front_entries),
      rejected_(rejected_entries) {}

keep_text template_resolver::resolve(std::string_view text, text_settings settings,
                                     const lexed_text& lexed, analysis& result) {
    const hash128 key = shape_hash(lexed, settings);
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
    ++counters_.template_hits;
    return keep_text::from_second_time;
}

// From the template of the canonical text (see varying_parts.hpp), without the parser once that
// is known. Templates made so go to no table: there would be one for each name. False: nothing
// varies, or it is no good.
bool template_resolver::resolve_varying(std::string_view text, text_settings settings,
                                        const lexed_text& lexed, analysis& result) {
    const std::vector<varying_part> parts = find_varying_parts(text, tokens_of(text, settings));
    if (parts.empty()) return false;
    const std::string canonical = canonical_text(text, tokens_, parts);
    if (canonical == text) return false;
    const lexed_text canonical_lexed = canonical_lexer_.lex(canonical, settings);
    if (canonical_lexed.status != lex_status::ok ||
        canonical_lexed.candidates.size() != lexed.candidates.size())
        return false;
    analysis of_canonical;
    (void)resolve(canonical, settings, canonical_lexed, of_canonical);
    const hash128 key = shape_hash(canonical_lexed, settings);
    const known_shape* known = find_shape(key);
    if (!of_canonical.statement || known == nullptr || known->shared->mode == shape_mode::undecided)
        return false;

    const shape_ptr found = known->shared;
    // Anew, since resolving the canonical text may have used the buffer.
    const std::vector<token>& tokens = tokens_of(text, settings);
    std::vector<token_action> actions = token_actions_of(*found, tokens);
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (parts[i] == varying_part::value) actions[i] = token_action::mask;
    }
    auto named = std::make_shared<statement_template>(*of_canonical.statement);
    named->normalized_text =
        render_normalized(text, tokens, actions, of_canonical.statement->bound_parameters);
    // Fingerprints leave names and values out, but for what NOTIFY says.
    if (named->kind == statement_kind::notify)
        named->hash_high ^= templates_.hash()(text, domain_varying).low;
    result.statement = std::move(named);
    literals_.clear();
    append_literals(tokens, actions, literals_);
    result.literals = literals_;
    return true;
}

const template_resolver::known_shape* template_resolver::find_shape(const hash128& key) {
    if (const known_shape* known = front_.find(key)) return known;
    if (const shape_ptr shared = templates_.find_shape(key)) return &to_front(key, shared);
    return nullptr;
}

const template_resolver::known_shape& template_resolver::remember(const hash128& key,
                                                                  shape_ptr added) {
    return to_front(key, templates_.insert_shape(key, std::move(added)));
}

const template_resolver::known_shape& template_resolver::to_front(const hash128& key,
                                                                  const shape_ptr& shared) {
    known_shape known;
    known.shared = shared;
    if (shared->statement) known.statement = counted_locally(shared->statement);
    return front_.insert(key, std::move(known));
}

std::span<const literal_span> template_resolver::literals_of(std::string_view text,
                                                             text_settings settings,
                                                             const lexed_text& lexed,
                                                             const shape& s) {
    if (s.actions.empty() && s.token_actions.empty()) return lexed.candidates;
    literals_.clear();
    if (!s.token_actions.empty())
        append_literals(tokens_of(text, settings), s.token_actions, literals_);
    else
        append_literals(lexed, s.actions, literals_);
    return literals_;
}

hash128 template_resolver::value_hash(std::string_view text, const lexed_text& lexed,
                                      const shape& s) {
    value_key_.assign(lexed.shape);
    for (std::size_t i = 0; i < lexed.candidates.size(); ++i) {
        const literal_span& span = lexed.candidates[i];
        if (s.actions[i] != candidate_action::keep) continue;
        value_key_.push_back('\0');
        value_key_.append(text.substr(span.offset, span.length));
    }
    return templates_.hash()(value_key_, domain_shape_value);
}

keep_text template_resolver::build(std::string_view text, text_settings settings,
                                   const lexed_text& lexed, const hash128& key, analysis& result) {
    rejected_shape* before = rejected_.find(key);
    if (before != nullptr && ++before->seen < before->ask_at) {
        ++counters_.rejected;
        return keep_text::no;  // this very text may be valid
    }
    build_result built = builder_.build(text, settings, lexer_, lexed);
    if (built.status == build_status::too_big) {
        ++counters_.too_long;
        return keep_text::no;
    }
    ++counters_.parsed;
    if (built.status == build_status::rejected) {
        ++counters_.rejected;
        if (before == nullptr) before = &rejected_.insert(key, {});
        before->ask_at = std::min(before->seen * 2 + 2, std::uint32_t{1} << 30);
        return keep_text::at_once;
    }
    if (before != nullptr) before->ask_at = 0;
    if (built.mode == shape_mode::undecided) ++counters_.slow_path;
    const known_shape& known = remember_shape(text, lexed, key, built);
    // Of an undecided shape the templates are many, and seldom met again.
    result.statement = known.statement ? known.statement : built.statement;
    literals_ = std::move(built.literals);
    result.literals = literals_;
    return keep_text::at_once;
}

const template_resolver::known_shape& template_resolver::remember_shape(std::string_view text,
                                                                        const lexed_text& lexed,
                                                                        const hash128& key,
                                                                        build_result& built) {
    if (built.mode == shape_mode::undecided) {
        if (const known_shape* known = front_.find(key)) return *known;
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

hash128 template_resolver::shape_hash(const lexed_text& lexed, text_settings settings) const {
    return templates_.hash()(lexed.shape, domain_shape + settings_bits(settings));
}

const std::vector<token>& template_resolver::tokens_of(std::string_view text,
                                                       text_settings settings) {
    // What lexes once lexes twice.
    if (lexer_.tokenize(text, settings, tokens_) != lex_status::ok) tokens_.clear();
    return tokens_;
}

}  // namespace pgfold::sql
