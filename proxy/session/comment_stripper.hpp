// `comments: strip`: takes the tag comment (and pgfold's directives) out of Query and Parse
// messages on their way to the server, so that texts that differ in nothing else are one text
// there. Other comments stay: some, like the hints of pg_hint_plan, mean something to the server.
//
// Works on the client's byte stream: Query and Parse messages are held until they are whole,
// everything else passes as it comes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "analyzer/sql/statement_analyzer.hpp"

namespace pgfold::session {

class comment_stripper {
public:
    // Longer messages pass unchanged.
    explicit comment_stripper(std::size_t message_bytes_max)
        : message_bytes_max_(message_bytes_max) {}

    // What to send for `bytes`; valid until the next call.
    [[nodiscard]] std::span<const std::byte> filter(std::span<const std::byte> bytes,
                                                    sql::statement_analyzer& analyzer,
                                                    sql::text_settings settings);
    // A part of a message is held back.
    [[nodiscard]] bool holds() const { return !held_.empty(); }

private:
    void append(std::span<const std::byte> bytes) {
        out_.insert(out_.end(), bytes.begin(), bytes.end());
    }
    void append_stripped(std::span<const std::byte> message, sql::statement_analyzer& analyzer,
                         sql::text_settings settings);

    std::size_t message_bytes_max_;
    std::uint64_t pass_bytes_ = 0;  // of a message that passes as it comes
    bool lost_ = false;             // an impossible length: no boundary is known any more
    std::vector<std::byte> held_, out_;
};

}  // namespace pgfold::session
