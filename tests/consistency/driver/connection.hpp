// One libpq connection, and each way to send a statement that drivers have.
#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "tests/consistency/checker/history.hpp"

namespace pgfold::consistency {

[[nodiscard]] nanoseconds now();

enum class form : std::uint8_t {
    simple,          // a Query with the values in its text
    unnamed,         // Parse, Bind, Describe, Execute; results as text
    unnamed_binary,  // values as int8 and results in binary
    named,           // prepared once
    named_binary,
    small_binary,  // values as int4 where they fit
};
inline constexpr int form_count = 6;

using arguments = std::initializer_list<std::int64_t>;

struct result_deleter {
    void operator()(PGresult* result) const { PQclear(result); }
};
using result_ptr = std::shared_ptr<PGresult>;

// What came back for one statement.
struct answer {
    result_ptr result;
    nanoseconds begun = 0;  // before it was prepared, if it had to be
    nanoseconds invoked = 0;
    nanoseconds responded = 0;
    bool lost = false;  // the connection went away

    [[nodiscard]] bool ok() const;
    [[nodiscard]] std::string sqlstate() const;
    [[nodiscard]] std::string message() const;
    [[nodiscard]] int rows() const;
    [[nodiscard]] std::int64_t affected() const;
    [[nodiscard]] bool is_null(int row, int column) const;
    [[nodiscard]] std::int64_t integer(int row, int column) const;
    [[nodiscard]] std::string text(int row, int column) const;
};

class connection {
public:
    explicit connection(std::string url);

    // Connects, again if it is connected. Throws std::runtime_error with libpq's message.
    void open();

    // `text` has $1, $2 … for integers.
    answer run(const std::string& text, arguments values, form how);
    answer run(const std::string& text) { return run(text, {}, form::simple); }
    // Several statements in one Query; the answer is that of number `wanted`, or the error.
    answer run_script(const std::string& text, int wanted);
    // The last notice, for statements that have no other way to return something.
    [[nodiscard]] const std::string& last_notice() const { return notice_; }
    // The same, in two steps: other things can be done while it runs.
    void send(const std::string& text);
    answer finish_script(nanoseconds invoked, int wanted);
    // Two statements, each with a Sync of its own, sent before either is answered: returns when the
    // first is, and leaves the second to finish_pipeline().
    void send_pipeline(const std::string& first, const std::string& second);
    answer finish_pipeline(nanoseconds invoked);
    answer copy_in(const std::string& text, const std::string& data);

    // A plan made before a name came to mean another table keeps to the old one.
    void forget_prepared();

    // After send(): the first result that is an error, else the first.
    answer finish(nanoseconds invoked);

    [[nodiscard]] int backend_pid() const { return PQbackendPID(connection_.get()); }

private:
    struct deleter {
        void operator()(PGconn* connection) const { PQfinish(connection); }
    };

    // The results up to the next one that answers a Sync; the last of them.
    result_ptr results_until_sync();
    // The name of the statement, or the error.
    result_ptr prepare(const std::string& text, int values, bool typed, std::string& name);

    std::string url_;
    std::unique_ptr<PGconn, deleter> connection_;
    std::unordered_map<std::string, std::string> prepared_;  // text to name
    std::string notice_;
};

}  // namespace pgfold::consistency
