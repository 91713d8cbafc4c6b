#include "proxy/fold/batch/savepoint.hpp"

#include <string_view>

#include "proxy/fold/batch/own_statement.hpp"

namespace pgfold::fold {
namespace {

using protocol::frontend_message;
using protocol::message_builder;

constexpr std::string_view name = "pgfold_savepoint";  // of the statement and of the savepoint

void append_statement(std::vector<std::byte>& out, std::string_view text) {
    append_close_statement(out, name);
    message_builder(out, frontend_message::parse)
        .write_string(name)
        .write_string(text)
        .write_uint16(0);
    message_builder(out, frontend_message::bind)
        .write_string("")
        .write_string(name)
        .write_uint16(0)
        .write_uint16(0)
        .write_uint16(0);
    append_execute(out);
    append_close_statement(out, name);
}

}  // namespace

void append_savepoint_extended(std::vector<std::byte>& out) {
    append_statement(out, "SAVEPOINT pgfold_savepoint");
}

void append_rollback_extended(std::vector<std::byte>& out) {
    append_statement(out, "ROLLBACK TO SAVEPOINT pgfold_savepoint");
    append_statement(out, "RELEASE SAVEPOINT pgfold_savepoint");
}

void append_savepoint_simple(std::vector<std::byte>& out) {
    message_builder(out, frontend_message::query).write_string("SAVEPOINT pgfold_savepoint");
}

void append_rollback_simple(std::vector<std::byte>& out) {
    message_builder(out, frontend_message::query)
        .write_string("ROLLBACK TO SAVEPOINT pgfold_savepoint; RELEASE SAVEPOINT pgfold_savepoint");
}

}  // namespace pgfold::fold
