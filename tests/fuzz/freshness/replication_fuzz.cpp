// Any bytes as messages of a replication stream. A message that can be a change is either told with
// a table that stands in it, or as a change of everything; none is lost. The position never falls.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "proxy/freshness/replication/stream_reader.hpp"

namespace {

using namespace pgfold;

void require(bool holds) {
    if (!holds) std::abort();
}

// A byte of length, then so many bytes, again and again.
std::vector<protocol::byte_span> split(protocol::byte_span input) {
    std::vector<protocol::byte_span> messages;
    while (!input.empty()) {
        const auto length = std::min(std::to_integer<std::size_t>(input[0]), input.size() - 1);
        messages.push_back(input.subspan(1, length));
        input = input.subspan(1 + length);
    }
    return messages;
}

bool is_xlog_data(protocol::byte_span message) {
    return message.size() >= 25 && message[0] == std::byte{'w'};
}

// Of the plugin: what changes no row, as its first byte has it.
bool is_harmless(protocol::byte_span message) {
    constexpr std::string_view types = "RYOMBC";
    return message.size() > 25 &&
           types.find(std::to_integer<char>(message[25])) != std::string_view::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto messages = split(std::as_bytes(std::span(data, size)));
    bool told_everything = false;
    std::vector<catalog::oid> told;
    freshness::stream_reader reader([&](const std::vector<catalog::oid>& tables, bool everything,
                                        std::uint32_t /*transaction*/) {
        told_everything |= everything;
        told.insert(told.end(), tables.begin(), tables.end());
        require(everything || !tables.empty());
    });

    bool must_tell = false;
    freshness::wal_position position = 0;
    for (const auto message : messages) {
        reader.on_copy_data(message);
        must_tell |= is_xlog_data(message) && !is_harmless(message);
        require(reader.position() >= position);
        position = reader.position();
        static_cast<void>(reader.take_reply_request());
    }
    // A Begin forgets what came before it without a Commit, which no server sends. Without one:
    const bool begins = std::any_of(messages.begin(), messages.end(), [](const auto& message) {
        return is_xlog_data(message) && message.size() > 25 && message[25] == std::byte{'B'};
    });
    if (must_tell && !begins) require(told_everything || !told.empty());
    return 0;
}
