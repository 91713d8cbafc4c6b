#include "proxy/fold/batch/batch_messages.hpp"

#include <algorithm>

#include "proxy/fold/batch/key_encoding.hpp"
#include "proxy/fold/batch/own_statement.hpp"

namespace pgfold::fold {
namespace {

using protocol::frontend_message;
using protocol::message_builder;

}  // namespace

key_arrays::key_arrays(const batch_query& query)
    : types_(query.key_types), elements_(query.key_types.size()) {}

bool key_arrays::add(std::span<const std::string> keys) {
    if (keys.size() != types_.size()) return false;
    std::size_t bytes = 0;
    std::size_t done = 0;
    std::vector<std::size_t> before;
    for (const std::string& elements : elements_)
        before.push_back(elements.size());
    for (; done < keys.size(); ++done) {
        std::string& elements = elements_[done];
        if (size_ != 0) elements += ',';
        if (!append_array_element(elements, keys[done], types_[done])) break;
        bytes += elements.size();
    }
    if (done == keys.size() && bytes <= bytes_max) {
        ++size_;
        return true;
    }
    for (std::size_t i = 0; i < elements_.size(); ++i)
        elements_[i].resize(before[i]);
    return false;
}

void append_parse_batch(std::vector<std::byte>& out, std::string_view statement_name,
                        const batch_query& query, std::span<const std::uint32_t> child_types) {
    append_close_statement(out, statement_name);
    message_builder parse(out, frontend_message::parse);
    parse.write_string(statement_name).write_string(query.text);
    parse.write_uint16(static_cast<std::uint16_t>(query.key_types.size() + query.constants.size()));
    for (std::size_t i = 0; i < query.key_types.size(); ++i)
        parse.write_uint32(0);  // the text casts them
    for (const std::uint16_t number : query.constants)
        parse.write_uint32(number <= child_types.size() ? child_types[number - 1u] : 0);
}

void append_describe_statement(std::vector<std::byte>& out, std::string_view statement_name) {
    message_builder(out, frontend_message::describe)
        .write_uint8(static_cast<std::uint8_t>(protocol::describe_target::statement))
        .write_string(statement_name);
}

bool append_batch(std::vector<std::byte>& out, std::string_view statement_name,
                  const batch_query& query, const key_arrays& arrays, const lookup_form& form) {
    const auto known = [&](std::uint16_t number) { return number <= form.parameter_count(); };
    if (!std::all_of(query.constants.begin(), query.constants.end(), known)) return false;
    const std::size_t keys = query.key_types.size();
    {
        message_builder bind(out, frontend_message::bind);
        bind.write_string("").write_string(statement_name);
        bind.write_uint16(static_cast<std::uint16_t>(keys + query.constants.size()));
        for (std::size_t i = 0; i < keys; ++i)
            bind.write_uint16(0);
        for (const std::uint16_t number : query.constants)
            bind.write_uint16(static_cast<std::uint16_t>(form.parameter_format(number - 1u)));
        bind.write_uint16(static_cast<std::uint16_t>(keys + query.constants.size()));
        for (std::size_t i = 0; i < keys; ++i) {
            const std::string array = arrays.text(i);
            bind.write_uint32(static_cast<std::uint32_t>(array.size()));
            bind.write_bytes(protocol::as_bytes(array));
        }
        for (const std::uint16_t number : query.constants)
            bind.write_bytes(form.parameter_value(number - 1u));
        const std::size_t before = query.carried.before;
        const std::size_t columns = before + query.child_columns + query.carried.after;
        bind.write_uint16(static_cast<std::uint16_t>(columns));
        for (std::size_t i = 0; i < columns; ++i) {
            const bool is_child = i >= before && i < before + query.child_columns;
            bind.write_uint16(is_child ? static_cast<std::uint16_t>(form.result_format(i - before))
                                       : 1);
        }
    }
    append_execute(out);
    return true;
}

}  // namespace pgfold::fold
