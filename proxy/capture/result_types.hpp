// Which types the values of a conversation have: follows what is prepared, bound and described, and
// which request a reply belongs to. Where it cannot tell, a type is 0; nothing depends on it but
// how well the pseudonyms of binary values fit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "proxy/protocol/byte_reader.hpp"

namespace pgfold::capture {

class result_types {
public:
    void on_client(std::uint8_t type, protocol::byte_span body);
    void on_server(std::uint8_t type, protocol::byte_span body);

    // Of the statement that a Bind names.
    [[nodiscard]] std::uint32_t parameter_type(std::string_view statement, std::size_t i) const;
    // Of the rows that come now.
    [[nodiscard]] std::uint32_t column_type(std::size_t i) const;
    [[nodiscard]] bool column_is_binary(std::size_t i) const;

private:
    using type_list = std::vector<std::uint32_t>;
    using format_list = std::vector<std::int16_t>;
    struct statement {
        type_list parameters;
        type_list columns;
    };
    struct portal {
        std::shared_ptr<statement> of;
        format_list formats;
    };
    enum class asked : std::uint8_t {
        reply,
        describe_statement,
        describe_portal,
        execute,
        query,
        sync
    };
    struct request {
        asked what = asked::reply;
        std::shared_ptr<statement> of;
        format_list formats;
    };

    void on_row_description(protocol::byte_span body);
    void finish_request();
    void skip_to_sync(bool including);

    std::unordered_map<std::string, std::shared_ptr<statement>> statements_;
    std::unordered_map<std::string, portal> portals_;
    std::deque<request> requests_;
    statement simple_;  // of a simple query
    format_list simple_formats_;
};

}  // namespace pgfold::capture
