// A lookup as the client asked for it: one statement, its arguments, and the messages it came in.
// Everything points into the session or into the bytes just read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "analyzer/detect/conversation_observer.hpp"
#include "analyzer/sql/statement_analyzer.hpp"

namespace pgfold::fold {

struct asked_lookup {
    const sql::template_ptr& statement;
    std::span<const detect::argument> arguments;  // one per $n of the template
    std::string_view text;                        // as the client sent or prepared it
    std::span<const sql::literal_span> literals;  // into text
    sql::text_settings text_settings;
    bool extended = false;

    // Extended protocol only.
    std::string_view statement_name;  // empty: the unnamed one
    std::span<const std::byte> bind;  // body of its Bind
    std::span<const std::uint32_t> parameter_types;
    std::span<const std::byte> row_description;  // body, where it is known
    std::shared_ptr<const void> prepared;        // which preparation: same pointer, same one
};

// What the client's cycle wants to hear besides the rows.
struct answer_shape {
    bool extended = false;
    bool parse = false;     // ParseComplete
    bool describe = false;  // RowDescription with the formats of the Bind
    bool close = false;     // CloseComplete, of the portal
    char status = 'I';      // for ReadyForQuery
};

}  // namespace pgfold::fold
