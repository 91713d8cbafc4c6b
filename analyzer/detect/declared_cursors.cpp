#include "analyzer/detect/declared_cursors.hpp"

#include <algorithm>

#include "analyzer/detect/request_tag.hpp"

namespace pgfold::detect {

sql::template_ptr declared_cursors::follow(const sql::template_ptr& statement) {
    if (statement->kind == sql::statement_kind::declare_cursor) {
        if (!statement->tables_read.empty() && !statement->catalog_only) {
            declare(std::string(cursor_name(statement->normalized_text)), statement);
        }
        return nullptr;
    }
    if (statement->kind != sql::statement_kind::fetch) return nullptr;
    const std::string_view name = cursor_name(statement->normalized_text);
    const auto cursor = std::find_if(cursors_.begin(), cursors_.end(),
                                     [&](const named_cursor& c) { return c.name == name; });
    return cursor == cursors_.end() ? nullptr : cursor->statement;
}

void declared_cursors::declare(std::string name, const sql::template_ptr& statement) {
    if (name.empty()) return;
    std::erase_if(cursors_, [&](const named_cursor& c) { return c.name == name; });
    if (cursors_.size() >= cursors_max) cursors_.erase(cursors_.begin());
    cursors_.push_back({std::move(name), statement});
}

}  // namespace pgfold::detect
