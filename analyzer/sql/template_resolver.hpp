// From a lexed text to its template: through the shapes that are known, else through libpg_query.
//
// One per thread: it keeps a front of the shapes that this thread has met, so that the shared table
// is asked only for what is new here.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/sql/set_associative_cache.hpp"
#include "analyzer/sql/shape.hpp"
#include "analyzer/sql/sql_lexer.hpp"
#include "analyzer/sql/statement_analyzer.hpp"
#include "analyzer/sql/template_builder.hpp"
#include "analyzer/sql/template_table.hpp"

namespace pgfold::sql {

// Whether a result is worth a place in the byte-for-byte table.
enum class keep_text : std::uint8_t { no, from_second_time, at_once };

class template_resolver {
public:
    template_resolver(template_table& templates, sql_lexer& lexer, analyzer_counters& counters);

    // `lexed` is the lexer's result for `text`, with status ok. Fills statement (null if there is
    // none) and literals, which are valid until the next call.
    keep_text resolve(std::string_view text, text_settings settings, const lexed_text& lexed,
                      analysis& result);

private:
    // A shape in this thread's front.
    struct known_shape {
        shape_ptr shared;
        // The template under a count of this thread: copies do not bounce between cores.
        template_ptr statement;
    };
    // A shape that libpg_query has rejected. It may have been for the value of a constant
    // (E'\xff'), so it is asked again now and then, ever less often.
    struct rejected_shape {
        std::uint32_t seen = 0;
        std::uint32_t ask_at = 1;
    };

    bool resolve_varying(std::string_view text, text_settings settings, const lexed_text& lexed,
                         analysis& result);
    keep_text build(std::string_view text, text_settings settings, const lexed_text& lexed,
                    const hash128& key, analysis& result);

    [[nodiscard]] const known_shape* find_shape(const hash128& key);
    const known_shape& remember(const hash128& key, shape_ptr added);
    const known_shape& to_front(const hash128& key, const shape_ptr& shared);
    // Returns what stands for this text.
    const known_shape& remember_shape(std::string_view text, const lexed_text& lexed,
                                      const hash128& key, build_result& built);

    [[nodiscard]] hash128 shape_hash(const lexed_text& lexed, text_settings settings) const;
    [[nodiscard]] hash128 value_hash(std::string_view text, const lexed_text& lexed,
                                     const shape& s);
    [[nodiscard]] std::span<const literal_span> literals_of(std::string_view text,
                                                            text_settings settings,
                                                            const lexed_text& lexed,
                                                            const shape& s);
    [[nodiscard]] const std::vector<token>& tokens_of(std::string_view text,
                                                      text_settings settings);

    template_table& templates_;
    sql_lexer& lexer_;
    analyzer_counters& counters_;
    template_builder builder_;
    set_associative_cache<known_shape> front_;
    set_associative_cache<rejected_shape> rejected_;
    sql_lexer canonical_lexer_;
    // Reused from call to call.
    std::vector<literal_span> literals_;
    std::vector<token> tokens_;
    std::string value_key_;
};

}  // namespace pgfold::sql
