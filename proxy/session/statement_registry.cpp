#include "proxy/session/statement_registry.hpp"

#include <utility>

namespace pgfold::session {

prepared_statement_ptr statement_registry::find(std::string_view name) const {
    if (name.empty()) return unnamed_;
    const auto it = named_.find(name);
    return it == named_.end() ? nullptr : it->second;
}

prepared_statement_ptr statement_registry::replace(std::string_view name,
                                                   prepared_statement_ptr statement) {
    if (name.empty()) return std::exchange(unnamed_, std::move(statement));
    const auto it = named_.find(name);
    if (it != named_.end()) {
        auto previous = std::move(it->second);
        if (statement)
            it->second = std::move(statement);
        else
            named_.erase(it);
        return previous;
    }
    // A client that prepares without end is still served by the server; it is only not followed.
    if (statement && named_.size() < statements_max_)
        named_.emplace(std::string(name), std::move(statement));
    return nullptr;
}

void statement_registry::clear() {
    unnamed_.reset();
    named_.clear();
}

prepared_statement_ptr statement_registry::make_unnamed() {
    if (unnamed_ && unnamed_.use_count() == 1) {
        auto reused = std::move(unnamed_);
        reused->row_description.clear();
        reused->has_row_description = false;
        reused->described = false;
        return reused;
    }
    return std::make_shared<prepared_statement>();
}

}  // namespace pgfold::session
