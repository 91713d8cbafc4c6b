#include "analyzer/sql/syntax_tree.hpp"

#include <pg_query.h>

namespace pgfold::sql {

void free_parse_result::operator()(PgQuery__ParseResult* tree) const {
    pg_query__parse_result__free_unpacked(tree, nullptr);
}

syntax_tree parse(const std::string& text) {
    const PgQueryProtobufParseResult parsed = pg_query_parse_protobuf(text.c_str());
    syntax_tree tree;
    if (parsed.error == nullptr) {
        tree.reset(pg_query__parse_result__unpack(
            nullptr, parsed.parse_tree.len,
            reinterpret_cast<const std::uint8_t*>(parsed.parse_tree.data)));
    }
    pg_query_free_protobuf_parse_result(parsed);
    return tree;
}

std::optional<std::string> normalize(const std::string& text) {
    const PgQueryNormalizeResult normalized = pg_query_normalize(text.c_str());
    std::optional<std::string> result;
    if (normalized.error == nullptr && normalized.normalized_query != nullptr)
        result = normalized.normalized_query;
    pg_query_free_normalize_result(normalized);
    return result;
}

std::optional<std::uint64_t> fingerprint(const std::string& text) {
    const PgQueryFingerprintResult computed = pg_query_fingerprint(text.c_str());
    std::optional<std::uint64_t> result;
    if (computed.error == nullptr) result = computed.fingerprint;
    pg_query_free_fingerprint_result(computed);
    return result;
}

const tree_node* unwrap(const tree_node* node) {
    if (node == nullptr || node->descriptor != &pg_query__node__descriptor) return node;
    const auto* wrapper = reinterpret_cast<const PgQuery__Node*>(node);
    if (wrapper->node_case == PG_QUERY__NODE__NODE__NOT_SET) return nullptr;
    // All members of the union are pointers to messages.
    return reinterpret_cast<const tree_node*>(wrapper->alias);
}

void for_each_child(const tree_node* node, const std::function<void(const tree_node*)>& visit) {
    const auto* bytes = reinterpret_cast<const char*>(node);
    const ProtobufCMessageDescriptor& type = *node->descriptor;
    for (unsigned i = 0; i < type.n_fields; ++i) {
        const ProtobufCFieldDescriptor& field = type.fields[i];
        if (field.type != PROTOBUF_C_TYPE_MESSAGE) continue;
        const char* member = bytes + field.offset;
        if (field.label == PROTOBUF_C_LABEL_REPEATED) {
            const auto count =
                *reinterpret_cast<const std::size_t*>(bytes + field.quantifier_offset);
            const auto* items = *reinterpret_cast<tree_node* const* const*>(member);
            for (std::size_t k = 0; k < count; ++k)
                visit(items[k]);
            continue;
        }
        if ((field.flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 &&
            *reinterpret_cast<const std::uint32_t*>(bytes + field.quantifier_offset) != field.id)
            continue;
        if (const auto* child = *reinterpret_cast<tree_node* const*>(member)) visit(child);
    }
}

}  // namespace pgfold::sql
