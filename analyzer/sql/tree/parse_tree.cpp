#include "analyzer/sql/tree/parse_tree.hpp"

#include <algorithm>
#include <cstring>

#include <pg_query.h>

#include "analyzer/sql/syntax_tree.hpp"

namespace pgfold::sql::tree {
namespace {

constexpr std::size_t block_bytes = 64 * 1024;

PgQuery__SelectStmt* as_select(node* n) {
    return n != nullptr && n->node_case == PG_QUERY__NODE__NODE_SELECT_STMT ? n->select_stmt
                                                                            : nullptr;
}

std::string_view part_text(const node* part) {
    if (part->node_case == PG_QUERY__NODE__NODE_A_STAR) return "*";
    return part->node_case == PG_QUERY__NODE__NODE_STRING ? part->string->sval : std::string_view();
}

}  // namespace

parse_tree::parse_tree() {
    allocator_.alloc = [](void* self, std::size_t bytes) {
        return static_cast<parse_tree*>(self)->allocate(bytes);
    };
    allocator_.free = [](void*, void*) {};  // all at once, with the arena
    allocator_.allocator_data = this;
}

parse_tree::~parse_tree() = default;

void* parse_tree::allocate(std::size_t bytes) {
    const std::size_t units = (bytes + sizeof(std::max_align_t) - 1) / sizeof(std::max_align_t);
    constexpr std::size_t block_units = block_bytes / sizeof(std::max_align_t);
    if (units > block_units) {  // gets a block of its own, put below the current one
        auto block = std::make_unique<std::max_align_t[]>(units);
        void* result = block.get();
        blocks_.insert(blocks_.empty() ? blocks_.end() : blocks_.end() - 1, std::move(block));
        if (blocks_.size() == 1) free_ = 0;
        return result;
    }
    if (blocks_.empty() || free_ < units) {
        blocks_.push_back(std::make_unique<std::max_align_t[]>(block_units));
        free_ = block_units;
    }
    free_ -= units;
    return blocks_.back().get() + free_;
}

node* parse_tree::parse_statement(const std::string& text) {
    const PgQueryProtobufParseResult parsed = pg_query_parse_protobuf(text.c_str());
    PgQuery__ParseResult* result = nullptr;
    if (parsed.error == nullptr) {
        result = pg_query__parse_result__unpack(
            &allocator_, parsed.parse_tree.len,
            reinterpret_cast<const std::uint8_t*>(parsed.parse_tree.data));
    }
    pg_query_free_protobuf_parse_result(parsed);
    if (result == nullptr || result->n_stmts != 1) return nullptr;
    return result->stmts[0]->stmt;
}

node* parse_tree::parse_expression(const std::string& text) {
    const PgQuery__SelectStmt* select = as_select(parse_statement("SELECT " + text));
    return select != nullptr && select->n_target_list == 1 ? select->target_list[0]->res_target->val
                                                           : nullptr;
}

std::string parse_tree::write(node* statement) {
    PgQuery__RawStmt raw = PG_QUERY__RAW_STMT__INIT;
    raw.stmt = statement;
    PgQuery__RawStmt* statements[] = {&raw};
    PgQuery__ParseResult result = PG_QUERY__PARSE_RESULT__INIT;
    result.version = PG_VERSION_NUM;
    result.n_stmts = 1;
    result.stmts = statements;

    std::string packed(pg_query__parse_result__get_packed_size(&result), '\0');
    pg_query__parse_result__pack(&result, reinterpret_cast<std::uint8_t*>(packed.data()));
    PgQueryProtobuf protobuf{};
    protobuf.len = static_cast<unsigned>(packed.size());
    protobuf.data = packed.data();
    const PgQueryDeparseResult deparsed = pg_query_deparse_protobuf(protobuf);
    std::string text;
    if (deparsed.error == nullptr && deparsed.query != nullptr) text = deparsed.query;
    pg_query_free_deparse_result(deparsed);
    if (!text.empty() && parse(text) == nullptr) text.clear();
    return text;
}

char* parse_tree::copy(std::string_view text) {
    char* bytes = static_cast<char*>(allocate(text.size() + 1));
    std::memcpy(bytes, text.data(), text.size());
    bytes[text.size()] = '\0';
    return bytes;
}

node* parse_tree::column(std::string_view qualifier, std::string_view name) {
    node* result = parse_expression(qualifier.empty() ? "c" : "q.c");
    PgQuery__ColumnRef& reference = *result->column_ref;
    reference.fields[reference.n_fields - 1]->string->sval = copy(name);
    if (!qualifier.empty()) reference.fields[0]->string->sval = copy(qualifier);
    return result;
}

node* parse_tree::target(node* value, std::string_view alias) {
    PgQuery__SelectStmt* select =
        as_select(parse_statement(alias.empty() ? "SELECT 1" : "SELECT 1 AS a"));
    node* result = select->target_list[0];
    result->res_target->val = value;
    if (!alias.empty()) result->res_target->name = copy(alias);
    return result;
}

void parse_tree::append(node**& list, std::size_t& size, node* item) {
    auto** longer = static_cast<node**>(allocate((size + 1) * sizeof(node*)));
    std::copy(list, list + size, longer);
    longer[size++] = item;
    list = longer;
}

void parse_tree::prepend(node**& list, std::size_t& size, node* item) {
    append(list, size, item);
    std::rotate(list, list + size - 1, list + size);
}

void for_each_parameter(node* root, const std::function<void(node*)>& visit) {
    if (root == nullptr) return;
    const std::function<void(const tree_node*)> walk = [&](const tree_node* message) {
        if (message->descriptor == &pg_query__node__descriptor) {
            // The tree is ours to edit; the walker of analyzer/sql only reads.
            auto* n = reinterpret_cast<node*>(const_cast<tree_node*>(message));
            if (n->node_case == PG_QUERY__NODE__NODE_PARAM_REF) {
                visit(n);
                return;
            }
        }
        for_each_child(message, walk);
    };
    walk(&root->base);
}

node* without_casts(node* n) {
    while (n != nullptr && n->node_case == PG_QUERY__NODE__NODE_TYPE_CAST)
        n = n->type_cast->arg;
    return n;
}

int parameter_number(const node* n) {
    return n != nullptr && n->node_case == PG_QUERY__NODE__NODE_PARAM_REF ? n->param_ref->number
                                                                          : 0;
}

std::string_view column_name(const node* n) {
    if (n == nullptr || n->node_case != PG_QUERY__NODE__NODE_COLUMN_REF) return {};
    const PgQuery__ColumnRef& reference = *n->column_ref;
    return reference.n_fields == 0 ? std::string_view()
                                   : part_text(reference.fields[reference.n_fields - 1]);
}

std::string_view column_qualifier(const node* n) {
    if (n == nullptr || n->node_case != PG_QUERY__NODE__NODE_COLUMN_REF) return {};
    const PgQuery__ColumnRef& reference = *n->column_ref;
    return reference.n_fields < 2 ? std::string_view()
                                  : part_text(reference.fields[reference.n_fields - 2]);
}

}  // namespace pgfold::sql::tree
