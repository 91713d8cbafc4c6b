// What a client says its statements are done for: the running test, a job, a page.
//
//     SET [SESSION | LOCAL] pgfold.tag = 'tests/test_orders.py::test_list'
//     SELECT set_config('pgfold.tag', $1, false)      -- where SET takes no parameters
//
// PostgreSQL keeps it as a setting that no extension defines, so both are forwarded as they are and
// work without pgfold too. Statements that follow are attributed as if each had a sqlcommenter tag
// `pgfold.tag`. Unlike the server's setting the tag outlives a ROLLBACK: it says who is speaking,
// and test suites roll back what each test did. SET LOCAL ends with its transaction, and RESET ALL
// or DISCARD ALL take any tag away.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "analyzer/detect/conversation_observer.hpp"

namespace pgfold::session {

class session_tag {
public:
    // Whether the statement is one about the tag.
    bool follow(const detect::execution_start& start);
    void on_ready(char status);
    void on_reset();
    // Where nothing else says what a statement is for. Empty: nothing does.
    void set_fallback(std::string_view name);

    // The statement's comment with the session's tag before it; valid until the next call.
    [[nodiscard]] std::string_view comment_for(std::string_view tag_comment);

private:
    void assign(bool local, std::string_view value);

    std::string value_, fallback_;
    std::optional<std::string> local_;
    std::string with_;  // `without_` with the tag
    std::string without_;
    bool current_ = false;  // with_ is up to date
};

}  // namespace pgfold::session
