#include "proxy/fold/batch_writer.hpp"

#include "proxy/fold/batch/own_statement.hpp"
#include "proxy/fold/batch/savepoint.hpp"
#include "proxy/protocol/byte_writer.hpp"
#include "proxy/protocol/message_type.hpp"

namespace pgfold::fold {

void batch_writer::open_savepoint() {
    step(step_kind::control);
    if (extended_) {
        append_savepoint_extended(out_);
    } else {
        append_savepoint_simple(out_);
        step(step_kind::sync);
    }
}

void batch_writer::ask_isolation() {
    constexpr std::string_view text =
        "SELECT pg_catalog.current_setting('transaction_isolation'), "
        "pg_catalog.current_setting('default_transaction_isolation')";
    step(step_kind::setting);
    if (extended_) {
        append_own_statement(out_, "pgfold_setting", text);
    } else {
        protocol::message_builder(out_, protocol::frontend_message::query).write_string(text);
        step(step_kind::sync);
    }
}

void batch_writer::describe(std::string_view statement_name) {
    if (!extended_) return;
    protocol::message_builder(out_, protocol::frontend_message::describe)
        .write_uint8(static_cast<std::uint8_t>(protocol::describe_target::statement))
        .write_string(statement_name);
}

bool batch_writer::lookup(const lookup_form& form, const key_tuple& key) {
    return append_lookup(out_, form, key);
}

void batch_writer::expect(kept_answer* answer) {
    steps_.push_back({step_kind::lookup, answer});
    if (!extended_) step(step_kind::sync);
}

void batch_writer::end_lookups() {
    if (!extended_) return;
    append_sync(out_);
    step(step_kind::sync);
}

void batch_writer::close_savepoint() {
    step(step_kind::control);
    step(step_kind::control);
    step(step_kind::sync);
    if (extended_) {
        append_rollback_extended(out_);
        append_sync(out_);
    } else {
        append_rollback_simple(out_);
    }
}

}  // namespace pgfold::fold
