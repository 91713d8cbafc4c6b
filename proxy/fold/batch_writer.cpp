#include "proxy/fold/batch_writer.hpp"

#include "proxy/fold/batch/own_statement.hpp"
#include "proxy/fold/batch/savepoint.hpp"
#include "proxy/protocol/byte_writer.hpp"
#include "proxy/protocol/message_type.hpp"

namespace pgfold::fold {
namespace {

constexpr std::string_view child_name = "pgfold_child";
constexpr std::string_view batch_name = "pgfold_batch";

}  // namespace

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

void batch_writer::describe_child(const lookup_form& form, std::string_view statement_name,
                                  const child_rewrites& rewrites) {
    step(step_kind::describe_child);
    if (form.messages() == lookup_messages::bind) {
        append_describe_statement(out_, statement_name);
        return;
    }
    append_close_statement(out_, child_name);
    {
        protocol::message_builder parse(out_, protocol::frontend_message::parse);
        parse.write_string(child_name).write_string(rewrites.child.text);
        parse.write_uint16(static_cast<std::uint16_t>(rewrites.declared_types.size()));
        for (const auto type : rewrites.declared_types)
            parse.write_uint32(type);
    }
    append_describe_statement(out_, child_name);
    append_close_statement(out_, child_name);
}

// Parsed anew each time: PostgreSQL plans a statement for the very keys it is first run with, and
// nothing is left on the client's connection.
bool batch_writer::rewritten(const lookup_form& form, const batch_query& query,
                             const key_arrays& keys, const child_rewrites& rewrites) {
    const std::size_t before = out_.size();
    append_parse_batch(out_, batch_name, query, rewrites.parameter_types);
    append_describe_statement(out_, batch_name);
    if (!append_batch(out_, batch_name, query, keys, form)) {
        out_.resize(before);
        return false;
    }
    append_close_statement(out_, batch_name);
    step(step_kind::describe_batch);
    step(step_kind::rewritten);
    return true;
}

void batch_writer::end_rewritten() {
    append_sync(out_);
    step(step_kind::sync);
}

}  // namespace pgfold::fold
