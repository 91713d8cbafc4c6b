#include "proxy/session/portal.hpp"

#include <utility>

namespace pgfold::session {

void portal::bind(const protocol::bind_view& view, prepared_statement_ptr of) {
    statement = std::move(of);
    formats = result_formats(view.result_formats);
    execution = 0;
    rows = bytes = 0;
    bytes_.clear();
    values_.clear();
    protocol::parameter_cursor cursor(view);
    for (std::size_t i = 0; i < view.parameter_count; ++i) {
        const auto v = cursor.next();
        const auto format = view.parameter_formats.of(i) == 0 ? detect::argument_format::text
                                                              : detect::argument_format::binary;
        values_.push_back({static_cast<std::uint32_t>(bytes_.size()),
                           v.is_null ? -1 : static_cast<std::int32_t>(v.bytes.size()), format});
        bytes_.append(protocol::as_text(v.bytes));
    }
}

void portal::append_arguments(std::vector<detect::argument>& out) const {
    if (!statement) return;
    // A Bind has exactly the statement's parameters, or the server refuses it; literals follow
    // them.
    const std::size_t bound = statement->statement ? statement->statement->bound_parameters : 0;
    for (std::size_t i = 0; i < values_.size() && i < bound; ++i) {
        const auto& v = values_[i];
        detect::argument a;
        a.is_null = v.length < 0;
        if (!a.is_null)
            a.bytes = std::string_view(bytes_).substr(v.offset, static_cast<std::size_t>(v.length));
        a.format = v.format;
        a.type_oid = statement->parameter_type(i);
        out.push_back(a);
    }
    if (values_.size() < bound) return;
    for (const auto& literal : statement->literals) {
        detect::argument a;
        a.bytes = std::string_view(statement->text).substr(literal.offset, literal.length);
        a.format = detect::argument_format::literal;
        out.push_back(a);
    }
}

portal* portal_table::find(std::string_view name) {
    if (name.empty()) return has_unnamed_ ? &unnamed_ : nullptr;
    const auto it = named_.find(std::string(name));
    return it == named_.end() ? nullptr : &it->second;
}

portal* portal_table::create(std::string_view name) {
    if (name.empty()) {
        has_unnamed_ = true;
        return &unnamed_;
    }
    if (named_.size() >= portals_max && !named_.contains(std::string(name))) return nullptr;
    return &named_[std::string(name)];
}

void portal_table::erase(std::string_view name) {
    if (name.empty()) {
        has_unnamed_ = false;
        unnamed_.statement.reset();
    } else {
        named_.erase(std::string(name));
    }
}

void portal_table::clear() {
    erase("");
    if (!named_.empty()) named_.clear();
}

}  // namespace pgfold::session
