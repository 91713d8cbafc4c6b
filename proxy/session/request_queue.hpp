// Requests that the server has not answered yet, in wire order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/detect/conversation_observer.hpp"
#include "proxy/session/cache_fill.hpp"
#include "proxy/session/prepared_statement.hpp"
#include "proxy/session/result_formats.hpp"
#include "proxy/session/setting_change.hpp"
#include "proxy/session/text_cuts.hpp"
#include "proxy/telemetry/counters.hpp"

namespace pgfold::session {

enum class request_kind : std::uint8_t {
    simple_query,
    parse,
    bind,
    describe_statement,
    describe_portal,
    execute,
    close,
    sync,
    function_call,
    copy_end,  // CopyDone or CopyFail: answered by nothing, marks where a COPY's data ends
    // Requests of pgfold's own: what answers them is not for the client.
    batch,        // lookups fetched ahead
    catalog,      // the catalog is read
    own_parse,    // a statement that the client has prepared and the server lacks
    own_prepare,  // … and may come to need
    own_close,    // of a statement that the server has and the client has no more
    own_sync,     // ends a group of messages whose end was answered here
    own_cancel,   // what makes the server cancel the statement that follows
    inquiry,      // settings of the session
    own_split,    // ends the BEGIN of a cycle whose lookup waits
};

[[nodiscard]] constexpr bool is_own(request_kind kind) {
    return kind >= request_kind::batch;
}

// A change of settings that has been sent.
struct sent_setting {
    setting_change change;
    std::uint64_t mark = 0;  // settings_identity::mark() by then
};

struct request {
    request_kind kind = request_kind::sync;
    telemetry::query_kind query_kind = telemetry::query_kind::other;
    bool multiple = false;         // a simple query with several statements
    bool finished = false;         // simple_query: its execution has been reported
    bool shape_sent = false;       // execute, simple_query: on_row_shape was called
    bool rows_wanted = false;      // … and its answer
    bool observed = false;         // on_execution_start was called
    bool limited = false;          // execute: with a row limit
    bool parameters_told = false;  // describe_statement: ParameterDescription has come
    bool reads_only = false;       // execute, simple_query: changes nothing that folding rests on
    bool begins = false;           // execute, simple_query: BEGIN
    bool closes_portal = false;    // close
    bool closes_unnamed_portal = false;  // … the unnamed one
    bool unnamed_dropped = false;        // parse: folding_state's, before it
    detect::execution_id execution = 0;
    std::uint64_t number = 0;  // simple_query, sync, function_call: for freshness
    detect::timestamp sent;
    std::uint64_t rows = 0;
    std::uint64_t bytes = 0;
    prepared_statement_ptr statement;  // parse: the new one; describe, execute: what it is about
    prepared_statement_ptr
        previous;             // parse, close, simple_query: what stood under the name before
    result_formats formats;   // execute
    text_cuts cuts;           // simple_query: what the server does not see of its text
    std::string name;         // execute: its portal; parse, close: the statement
    std::string deallocates;  // the statement that a DEALLOCATE names
    std::unique_ptr<cache_fill> fill;       // its answer is to be kept
    std::unique_ptr<sent_setting> setting;  // what it does to the session's settings
    prepared_statement_ptr prepares;        // what a PREPARE makes once it is done
};

class request_queue {
public:
    [[nodiscard]] bool empty() const { return head_ == requests_.size(); }
    [[nodiscard]] std::size_t size() const { return requests_.size() - head_; }
    [[nodiscard]] request& front() { return requests_[head_]; }
    [[nodiscard]] request& at(std::size_t i) { return requests_[head_ + i]; }
    [[nodiscard]] const request& at(std::size_t i) const { return requests_[head_ + i]; }

    request& push(request_kind kind) {
        if (head_ == requests_.size()) {
            requests_.clear();
            head_ = 0;
        } else if (head_ >= compact_at && head_ * 2 >= requests_.size()) {
            requests_.erase(requests_.begin(),
                            requests_.begin() + static_cast<std::ptrdiff_t>(head_));
            head_ = 0;
        }
        request& r = requests_.emplace_back();
        r.kind = kind;
        return r;
    }

    void pop() {
        requests_[head_].statement.reset();
        requests_[head_].previous.reset();
        requests_[head_].prepares.reset();
        requests_[head_].setting.reset();
        requests_[head_].fill.reset();
        ++head_;
    }

    void pop_back(std::size_t count) {
        requests_.erase(requests_.end() - static_cast<std::ptrdiff_t>(count), requests_.end());
    }

    void insert_at(std::size_t i, request_kind kind) {
        request r;
        r.kind = kind;
        requests_.insert(requests_.begin() + static_cast<std::ptrdiff_t>(head_ + i), std::move(r));
    }

    void erase_at(std::size_t i) {
        requests_.erase(requests_.begin() + static_cast<std::ptrdiff_t>(head_ + i));
    }

    // Gives the memory of a long pipeline back once it is over.
    void shrink() {
        if (empty() && requests_.capacity() > kept) {
            std::vector<request>().swap(requests_);
            head_ = 0;
        }
    }

private:
    static constexpr std::size_t compact_at = 64;
    static constexpr std::size_t kept = 32;
    std::vector<request> requests_;
    std::size_t head_ = 0;
};

}  // namespace pgfold::session
