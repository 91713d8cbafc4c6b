// From a text whose shape is new to its shape and template: the slow part, about ten to a hundred
// microseconds, with libpg_query.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "analyzer/sql/parse_stack.hpp"
#include "analyzer/sql/shape.hpp"
#include "analyzer/sql/sql_lexer.hpp"
#include "analyzer/sql/template_table.hpp"

namespace pgfold::sql {

enum class build_status : std::uint8_t {
    ok,
    rejected,  // not PostgreSQL 15's grammar
    too_big,   // over a limit: bytes, depth, parameters
};

struct build_result {
    build_status status = build_status::rejected;
    shape_mode mode = shape_mode::direct;
    std::vector<candidate_action> actions;    // as in shape, but never left out
    std::vector<token_action> token_actions;  // as in shape
    template_ptr statement;                   // of this text
    std::vector<literal_span> literals;       // of this text
};

class template_builder {
public:
    // Longer shapes are not parsed, nor deeper ones: it would hold up the thread for too long. Long
    // values do not count. The grammar alone takes about a millisecond for 10 KB; what libpg_query
    // does with deep trees grows with the square of the depth.
    static constexpr std::size_t shape_bytes_max = std::size_t{32} * 1024;
    static constexpr std::size_t tree_depth_max = 500;

    explicit template_builder(template_table& templates) : templates_(templates) {}

    // `lexed` is the lexer's result for `text`, with status ok.
    [[nodiscard]] build_result build(std::string_view text, text_settings settings,
                                     const sql_lexer& lexer, const lexed_text& lexed);

private:
    template_table& templates_;
    parse_stack stack_;
    std::vector<token> tokens_;
};

}  // namespace pgfold::sql
