// What a capture may hold of each message: secrets of authentication never, values only when they
// are not to be redacted. Every message keeps its length.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "proxy/capture/result_types.hpp"
#include "proxy/capture/sql_redaction.hpp"

namespace pgfold::capture {

class message_filter {
public:
    // `values` null: values stay. Must outlive this.
    explicit message_filter(const pseudonyms* values) : values_(values) {}

    // A whole message's body, changed in place. In the order in which the messages were seen.
    void on_client(std::uint8_t type, std::span<std::byte> body);
    void on_server(std::uint8_t type, std::span<std::byte> body);

    // Whether later messages of the server can hold anything that has to go.
    [[nodiscard]] bool must_see_server() const { return values_ != nullptr || authenticating_; }
    // A message too long to be looked at as a whole may be passed on as it is.
    [[nodiscard]] bool passes_unseen(std::uint8_t type) const {
        return values_ == nullptr && !authenticating_ && type != 'p';
    }

private:
    void on_password(std::span<std::byte> body);
    void on_authentication(std::span<std::byte> body);
    void redact_statement(std::span<std::byte> text);
    void redact_bind(std::span<std::byte> body);
    void redact_row(std::span<std::byte> body);
    void redact_error(std::span<std::byte> body);
    void redact_copy_data(std::span<std::byte> body);
    void redact_strings(std::span<std::byte> body, std::size_t from);

    const pseudonyms* values_;
    bool authenticating_ = true;
    bool copy_is_binary_ = false;
    bool expects_mechanism_ = false;  // the next 'p' is a SASLInitialResponse
    result_types types_;
    sql_redaction sql_;
};

}  // namespace pgfold::capture
