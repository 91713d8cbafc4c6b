#include "analyzer/sql/tree/tree_equality.hpp"

#include <cstring>
#include <string_view>

namespace pgfold::sql::tree {
namespace {

// Byte offsets into the text that was parsed.
bool is_place(std::string_view field) {
    return field == "location" || field == "stmt_location" || field == "stmt_len" ||
           field.ends_with("_location");
}

bool same_text(const char* left, const char* right) {
    return std::string_view(left == nullptr ? "" : left) ==
           std::string_view(right == nullptr ? "" : right);
}

bool same_value(ProtobufCType type, const char* left, const char* right) {
    switch (type) {
        case PROTOBUF_C_TYPE_MESSAGE:
            return same_meaning(*reinterpret_cast<tree_node* const*>(left),
                                *reinterpret_cast<tree_node* const*>(right));
        case PROTOBUF_C_TYPE_STRING:
            return same_text(*reinterpret_cast<char* const*>(left),
                             *reinterpret_cast<char* const*>(right));
        case PROTOBUF_C_TYPE_INT64:
        case PROTOBUF_C_TYPE_SINT64:
        case PROTOBUF_C_TYPE_SFIXED64:
        case PROTOBUF_C_TYPE_UINT64:
        case PROTOBUF_C_TYPE_FIXED64:
        case PROTOBUF_C_TYPE_DOUBLE:
            return std::memcmp(left, right, 8) == 0;
        case PROTOBUF_C_TYPE_BYTES:
            return false;  // parse trees have none
        default:
            return std::memcmp(left, right, 4) == 0;
    }
}

std::size_t size_of(ProtobufCType type) {
    switch (type) {
        case PROTOBUF_C_TYPE_MESSAGE:
        case PROTOBUF_C_TYPE_STRING:
            return sizeof(void*);
        case PROTOBUF_C_TYPE_INT64:
        case PROTOBUF_C_TYPE_SINT64:
        case PROTOBUF_C_TYPE_SFIXED64:
        case PROTOBUF_C_TYPE_UINT64:
        case PROTOBUF_C_TYPE_FIXED64:
        case PROTOBUF_C_TYPE_DOUBLE:
            return 8;
        default:
            return 4;
    }
}

bool same_field(const ProtobufCFieldDescriptor& field, const char* left, const char* right) {
    const char* left_value = left + field.offset;
    const char* right_value = right + field.offset;
    if (field.label == PROTOBUF_C_LABEL_REPEATED) {
        const auto count = *reinterpret_cast<const std::size_t*>(left + field.quantifier_offset);
        if (count != *reinterpret_cast<const std::size_t*>(right + field.quantifier_offset))
            return false;
        const char* left_items = *reinterpret_cast<const char* const*>(left_value);
        const char* right_items = *reinterpret_cast<const char* const*>(right_value);
        const std::size_t step = size_of(field.type);
        for (std::size_t i = 0; i < count; ++i) {
            if (!same_value(field.type, left_items + i * step, right_items + i * step))
                return false;
        }
        return true;
    }
    if ((field.flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0) {
        const auto chosen = *reinterpret_cast<const std::uint32_t*>(left + field.quantifier_offset);
        if (chosen != *reinterpret_cast<const std::uint32_t*>(right + field.quantifier_offset))
            return false;
        if (chosen != field.id) return true;
    }
    return same_value(field.type, left_value, right_value);
}

}  // namespace

bool same_meaning(const tree_node* left, const tree_node* right) {
    if (left == nullptr || right == nullptr) return left == right;
    if (left->descriptor != right->descriptor) return false;
    const ProtobufCMessageDescriptor& type = *left->descriptor;
    for (unsigned i = 0; i < type.n_fields; ++i) {
        if (is_place(type.fields[i].name)) continue;
        if (!same_field(type.fields[i], reinterpret_cast<const char*>(left),
                        reinterpret_cast<const char*>(right)))
            return false;
    }
    return true;
}

}  // namespace pgfold::sql::tree
