// A libpg_query parse tree that can be edited: read from text, written back as text. All nodes live
// in one arena, so they are linked freely and never freed one by one.
//
// Recurses as deep as the text is nested: run it on a parse_stack.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <pg_query/pg_query.pb-c.h>

namespace pgfold::sql::tree {

using node = PgQuery__Node;

class parse_tree {
public:
    parse_tree();
    ~parse_tree();
    parse_tree(const parse_tree&) = delete;
    parse_tree& operator=(const parse_tree&) = delete;

    // The one statement of `text`; null when it does not parse or there is not exactly one.
    [[nodiscard]] node* parse_statement(const std::string& text);
    // The expression `text`, as in SELECT <text>.
    [[nodiscard]] node* parse_expression(const std::string& text);

    // Empty when libpg_query cannot write the statement, or not so that it can be read again.
    [[nodiscard]] std::string write(node* statement);

    [[nodiscard]] char* copy(std::string_view text);
    [[nodiscard]] node* column(std::string_view qualifier,
                               std::string_view name);  // quoted if needed
    [[nodiscard]] node* target(node* value, std::string_view alias = {});

    void append(node**& list, std::size_t& size, node* item);
    void prepend(node**& list, std::size_t& size, node* item);

private:
    [[nodiscard]] void* allocate(std::size_t bytes);

    std::vector<std::unique_ptr<std::max_align_t[]>> blocks_;
    std::size_t free_ = 0;  // in the last block
    ProtobufCAllocator allocator_{};
};

// Calls `visit` for every $n under `root`, in the order of the fields, which is mostly the text's.
void for_each_parameter(node* root, const std::function<void(node*)>& visit);

// The node without casts and parentheses around it.
[[nodiscard]] node* without_casts(node* n);

// The number of the $n that `n` is, 0 if it is none.
[[nodiscard]] int parameter_number(const node* n);

// The last part of a column reference, or empty. "*" for a star.
[[nodiscard]] std::string_view column_name(const node* n);
// The part before the last one, or empty.
[[nodiscard]] std::string_view column_qualifier(const node* n);

}  // namespace pgfold::sql::tree
