// A prepared statement as the client knows it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analyzer/detect/conversation_observer.hpp"
#include "analyzer/sql/statement_analyzer.hpp"
#include "analyzer/sql/statement_template.hpp"
#include "proxy/session/text_cuts.hpp"

namespace pgfold::session {

// What the client wrote, and the comments in it that pgfold reads.
struct statement_text {
    std::string_view text, tag_comment, directive;
};

struct prepared_statement {
    std::string name;  // empty: unnamed
    std::string text;
    sql::template_ptr statement;              // null: not analysed
    std::vector<sql::literal_span> literals;  // into text
    sql::text_part tag_comment, directive;
    text_cuts cuts;                              // what the server does not see of the text
    std::vector<std::uint32_t> declared_types;   // by Parse
    std::vector<std::uint32_t> parameter_types;  // as Parse declared them, then as the server says
    std::vector<std::byte> row_description;      // body; empty until a Describe was answered
    bool has_row_description = false;
    bool described = false;  // all of the above is the server's answer to Describe of the statement

    [[nodiscard]] statement_text said() const {
        return {text, tag_comment.of(text), directive.of(text)};
    }
    [[nodiscard]] std::uint32_t parameter_type(std::size_t i) const {
        return i < parameter_types.size() ? parameter_types[i] : 0;
    }
};

// What the server makes of their Parses is the same, but for the names: the tags in the comments,
// new with each request perhaps, say nothing to it.
[[nodiscard]] inline bool same_meaning(const prepared_statement& a, const prepared_statement& b) {
    const auto parts = [](const prepared_statement& s) {
        const std::string_view text = s.text;
        const std::size_t end = std::size_t{s.tag_comment.offset} + s.tag_comment.length;
        return std::pair(text.substr(0, s.tag_comment.offset), text.substr(end));
    };
    return a.declared_types == b.declared_types && parts(a) == parts(b);
}

// The server cannot tell their Parses apart, but for the names.
[[nodiscard]] inline bool same_preparation(const prepared_statement& a,
                                           const prepared_statement& b) {
    return a.text == b.text && a.declared_types == b.declared_types;
}

using prepared_statement_ptr = std::shared_ptr<prepared_statement>;

}  // namespace pgfold::session
