// An answer on its way from the server that is to be kept. Belongs to the request that brings it.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "proxy/cache/result_cache.hpp"
#include "proxy/cache/shared/shared_level.hpp"
#include "proxy/protocol/byte_writer.hpp"
#include "proxy/protocol/message_type.hpp"

namespace pgfold::session {

struct cache_fill {
    std::shared_ptr<const cache::cache_choice> choice;
    sql::template_ptr statement;
    cache::answer_key key;
    freshness::stamp stamp;  // before the server was asked
    std::uint64_t flushes = 0;
    detect::timestamp asked;
    cache::rule_totals* rule = nullptr;
    cache::flight_ticket ticket;      // lands when this goes
    cache::shared_lookup_ptr shared;  // that it was not found by, and may be kept with

    std::vector<std::byte> row_description;
    std::vector<std::byte> rows;
    std::uint32_t count = 0;
    bool spoiled = false;  // too long, or the server said more than rows

    void add_row(protocol::byte_span body, bool whole) {
        if (spoiled) return;
        if (!whole || rows.size() + body.size() > choice->entry_bytes_max) {
            spoil();
            return;
        }
        protocol::message_builder(rows, protocol::backend_message::data_row).write_bytes(body);
        ++count;
    }
    void spoil() {
        spoiled = true;
        std::vector<std::byte>().swap(rows);
        ticket.drop();  // nobody has to wait for it
    }
};

}  // namespace pgfold::session
