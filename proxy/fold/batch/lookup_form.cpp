#include "proxy/fold/batch/lookup_form.hpp"

#include <algorithm>

#include "proxy/fold/batch/own_statement.hpp"
#include "proxy/protocol/byte_writer.hpp"
#include "proxy/protocol/frontend/bind.hpp"
#include "proxy/protocol/message_type.hpp"

namespace pgfold::fold {
namespace {

using protocol::byte_writer;
using protocol::frontend_message;
using protocol::message_builder;

constexpr std::string_view lookup_statement = "pgfold_lookup";

void append_int16(std::vector<std::byte>& out, std::int16_t value) {
    byte_writer(out).write_uint16(static_cast<std::uint16_t>(value));
}

}  // namespace

std::optional<lookup_form> lookup_form::of(const asked_lookup& asked,
                                           std::span<const std::uint16_t> key_arguments) {
    if (key_arguments.empty() || key_arguments.size() > keys_max) return std::nullopt;
    if (asked.text.size() + asked.bind.size() > bytes_max) return std::nullopt;
    lookup_form form;
    form.settings_ = asked.text_settings;
    form.key_arguments_.assign(key_arguments.begin(), key_arguments.end());
    form.messages_ = asked.extended ? lookup_messages::bind : lookup_messages::query;
    if (asked.extended && !form.read_bind(asked)) return std::nullopt;
    for (std::size_t i = 0; i < key_arguments.size(); ++i)
        if (!form.add_key(asked, i, key_arguments[i])) return std::nullopt;

    const auto by_place = [](const key_place& a, const key_place& b) { return a.begin < b.begin; };
    std::sort(form.in_text_.begin(), form.in_text_.end(), by_place);
    std::sort(form.in_values_.begin(), form.in_values_.end(), by_place);
    const auto overlap = [](const key_place& a, const key_place& b) { return b.begin < a.end; };
    if (std::adjacent_find(form.in_text_.begin(), form.in_text_.end(), overlap) !=
            form.in_text_.end() ||
        std::adjacent_find(form.in_values_.begin(), form.in_values_.end(), overlap) !=
            form.in_values_.end())
        return std::nullopt;
    if (!asked.extended || !form.in_text_.empty()) form.text_ = asked.text;
    if (asked.extended && !form.in_text_.empty()) form.messages_ = lookup_messages::parse;
    return form;
}

bool lookup_form::read_bind(const asked_lookup& asked) {
    const auto bind = protocol::parse_bind(asked.bind);
    if (!bind || bind->parameter_count < asked.statement->bound_parameters) return false;
    statement_name_ = bind->statement_name;
    append_int16(parameter_formats_, static_cast<std::int16_t>(bind->parameter_formats.size()));
    for (std::size_t i = 0; i < bind->parameter_formats.size(); ++i)
        append_int16(parameter_formats_, bind->parameter_formats.raw(i));
    values_.assign(bind->parameter_values.begin(), bind->parameter_values.end());
    protocol::parameter_cursor cursor(*bind);
    std::size_t at = 0;
    for (std::size_t i = 0; i < bind->parameter_count; ++i) {
        const std::size_t begin = at;
        at += 4 + cursor.next().bytes.size();
        parameters_.push_back({begin, at});
        formats_.push_back(bind->parameter_formats.of(i));
        types_.push_back(i < asked.parameter_types.size() ? asked.parameter_types[i] : 0);
    }
    for (std::size_t i = 0; i < bind->result_formats.size(); ++i)
        result_formats_.push_back(bind->result_formats.raw(i));
    return true;
}

bool lookup_form::add_key(const asked_lookup& asked, std::size_t key, std::size_t argument) {
    key_place place;
    place.key = key;
    const std::size_t bound = asked.statement->bound_parameters;
    if (argument < bound) {
        if (argument >= parameters_.size()) return false;
        place.begin = parameters_[argument].begin;
        place.end = parameters_[argument].end;
        place.type_oid = types_[argument];
        place.binary = formats_[argument] != 0;
        in_values_.push_back(place);
        return true;
    }
    if (argument - bound >= asked.literals.size()) return false;
    const sql::literal_span& literal = asked.literals[argument - bound];
    place.begin = literal.offset;
    place.end = std::size_t{literal.offset} + literal.length;
    if (place.end > asked.text.size()) return false;
    auto style =
        read_literal_style(asked.text.substr(literal.offset, literal.length), literal.kind);
    if (!style) return false;
    place.style = std::move(*style);
    in_text_.push_back(std::move(place));
    return true;
}

bool lookup_form::reads_keys_like(const asked_lookup& other) const {
    if (other.extended != is_extended()) return false;
    const auto read_alike = [&](const key_place& place, bool in_text) {
        const std::size_t argument = key_arguments_[place.key];
        if (argument >= other.arguments.size()) return false;
        const detect::argument& a = other.arguments[argument];
        if (in_text != (a.format == detect::argument_format::literal)) return false;
        if (!in_text) return a.type_oid == place.type_oid;
        // A string is of unknown type and takes the column's; a number has its own. int4 and int8
        // have no value in common.
        const bool is_number =
            !a.bytes.empty() &&
            (a.bytes.front() == '-' || (a.bytes.front() >= '0' && a.bytes.front() <= '9'));
        return is_number == (place.style.kind == literal_style::notation::number);
    };
    return std::all_of(in_text_.begin(), in_text_.end(),
                       [&](const key_place& p) { return read_alike(p, true); }) &&
           std::all_of(in_values_.begin(), in_values_.end(),
                       [&](const key_place& p) { return read_alike(p, false); });
}

std::int16_t lookup_form::result_format(std::size_t column) const {
    if (result_formats_.empty()) return 0;
    if (result_formats_.size() == 1) return result_formats_[0];
    return column < result_formats_.size() ? result_formats_[column] : std::int16_t{0};
}

bool lookup_form::write_text(std::vector<std::byte>& out, std::span<const std::string> keys) const {
    const std::string_view text = text_;
    std::size_t at = 0;
    for (const key_place& place : in_text_) {
        byte_writer(out).write_bytes(protocol::as_bytes(text.substr(at, place.begin - at)));
        if (!append_literal(out, keys[place.key], place.style, settings_)) return false;
        at = place.end;
    }
    byte_writer(out).write_string(text.substr(at));
    return true;
}

bool lookup_form::write_bind(std::vector<std::byte>& out, std::string_view statement_name,
                             std::span<const std::string> keys) const {
    message_builder bind(out, frontend_message::bind);
    bind.write_string("").write_string(statement_name).write_bytes(parameter_formats_);
    bind.write_uint16(static_cast<std::uint16_t>(parameters_.size()));
    const std::span<const std::byte> values = values_;
    std::size_t at = 0;
    for (const key_place& place : in_values_) {
        bind.write_bytes(values.subspan(at, place.begin - at));
        if (!append_bound_value(out, keys[place.key], place.type_oid, place.binary)) return false;
        at = place.end;
    }
    bind.write_bytes(values.subspan(at));
    bind.write_uint16(static_cast<std::uint16_t>(result_formats_.size()));
    for (const std::int16_t format : result_formats_)
        append_int16(out, format);
    return true;
}

bool lookup_form::write(std::vector<std::byte>& out, std::span<const std::string> keys) const {
    switch (messages_) {
        case lookup_messages::query: {
            message_builder query(out, frontend_message::query);
            return write_text(out, keys);
        }
        case lookup_messages::bind:
            if (!write_bind(out, statement_name_, keys)) return false;
            append_execute(out);
            return true;
        case lookup_messages::parse: {
            append_close_statement(out, lookup_statement);
            {
                message_builder parse(out, frontend_message::parse);
                parse.write_string(lookup_statement);
                if (!write_text(out, keys)) return false;
                parse.write_uint16(static_cast<std::uint16_t>(types_.size()));
                for (const std::uint32_t type : types_)
                    parse.write_uint32(type);
            }
            if (!write_bind(out, lookup_statement, keys)) return false;
            append_execute(out);
            append_close_statement(out, lookup_statement);
            return true;
        }
    }
    return false;
}

bool append_lookup(std::vector<std::byte>& out, const lookup_form& form,
                   std::span<const std::string> keys) {
    const std::size_t size = out.size();
    if (keys.size() == form.key_count() && form.write(out, keys)) return true;
    out.resize(size);
    return false;
}

void append_sync(std::vector<std::byte>& out) {
    message_builder(out, frontend_message::sync);
}

}  // namespace pgfold::fold
