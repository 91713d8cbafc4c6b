// A connection to a real server, in bytes: no driver between.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/protocol/byte_reader.hpp"
#include "support/cpp/messages.hpp"

namespace pgfold::test {

struct server_message {
    char type = 0;
    bytes body;
    friend bool operator==(const server_message&, const server_message&) = default;
};

// One letter per message: "12DDC". ParameterStatus and notices are left out.
[[nodiscard]] std::string types_of(const std::vector<server_message>& messages);

class raw_session {
public:
    explicit raw_session(const std::string& socket_folder);  // throws std::runtime_error
    ~raw_session();
    raw_session(const raw_session&) = delete;
    raw_session& operator=(const raw_session&) = delete;

    // What comes until ReadyForQuery has come so many times, those included.
    [[nodiscard]] std::vector<server_message> ask(const bytes& messages,
                                                  std::size_t ready_count = 1);
    // Simple queries that must not fail.
    void execute(std::string_view text);

private:
    [[nodiscard]] server_message read_message();
    void read_exactly(std::byte* to, std::size_t size);

    int socket_ = -1;
};

}  // namespace pgfold::test
