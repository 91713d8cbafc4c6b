#include "proxy/fold/answer_writer.hpp"

#include <string>

#include "proxy/protocol/backend/row_description.hpp"
#include "proxy/protocol/byte_writer.hpp"
#include "proxy/protocol/message_type.hpp"

namespace pgfold::fold {

using protocol::backend_message;
using protocol::message_builder;

void append_answer(std::vector<std::byte>& out, const kept_answer& answer,
                   std::span<const std::byte> row_description, const answer_shape& shape) {
    if (shape.parse) message_builder(out, backend_message::parse_complete);
    if (shape.extended) message_builder(out, backend_message::bind_complete);
    if (shape.describe || !shape.extended)
        message_builder(out, backend_message::row_description).write_bytes(row_description);
    out.insert(out.end(), answer.bytes.begin(), answer.bytes.end());
    message_builder(out, backend_message::command_complete)
        .write_string("SELECT " + std::to_string(answer.rows));
    if (shape.close) message_builder(out, backend_message::close_complete);
    message_builder(out, backend_message::ready_for_query)
        .write_uint8(static_cast<std::uint8_t>(shape.status));
}

void append_description(std::vector<std::byte>& out, std::span<const std::uint32_t> parameter_types,
                        std::span<const std::byte> row_description) {
    message_builder(out, backend_message::parse_complete);
    {
        message_builder parameters(out, backend_message::parameter_description);
        parameters.write_uint16(static_cast<std::uint16_t>(parameter_types.size()));
        for (const auto type : parameter_types)
            parameters.write_uint32(type);
    }
    message_builder(out, backend_message::row_description).write_bytes(row_description);
}

std::vector<std::byte> with_formats(std::span<const std::byte> row_description,
                                    const lookup_form& form) {
    std::vector<std::byte> out;
    protocol::byte_writer writer(out);
    protocol::row_description_reader fields(row_description);
    writer.write_uint16(fields.fields_left());
    std::size_t column = 0;
    while (const auto f = fields.next()) {
        writer.write_string(f->name)
            .write_uint32(f->table_oid)
            .write_uint16(static_cast<std::uint16_t>(f->attribute_number))
            .write_uint32(f->type_oid)
            .write_uint16(static_cast<std::uint16_t>(f->type_size))
            .write_uint32(static_cast<std::uint32_t>(f->type_modifier))
            .write_uint16(static_cast<std::uint16_t>(form.result_format(column++)));
    }
    if (!fields.ok()) out.clear();
    return out;
}

}  // namespace pgfold::fold
