#include "analyzer/catalog/catalog.hpp"

#include <algorithm>

namespace pgfold::catalog {

const relation* catalog::find(oid id) const {
    const auto found = relation_places_.find(id);
    return found != relation_places_.end() ? &relations_[found->second] : nullptr;
}

const function* catalog::find_function(oid id) const {
    const auto found = function_places_.find(id);
    return found != function_places_.end() ? &functions_[found->second] : nullptr;
}

std::string_view catalog::schema_name(oid id) const {
    const auto found = schemas_.find(id);
    return found != schemas_.end() ? std::string_view(found->second) : std::string_view();
}

std::vector<const relation*> catalog::resolve(std::string_view schema, std::string_view name,
                                              const search_path* path) const {
    std::vector<const relation*> found;
    const auto [begin, end] = relations_by_name_.equal_range(name);
    for (auto it = begin; it != end; ++it) {
        const relation& r = relations_[it->second];
        if (schema.empty() || schema_name(r.schema) == schema) found.push_back(&r);
    }
    if (!schema.empty() || found.size() < 2) {
        // The only one of its name may still be out of the path's reach: then the statement fails.
        return found;
    }
    if (path != nullptr) {
        for (const std::string& candidate : path->schemas) {
            const auto it = std::find_if(found.begin(), found.end(), [&](const relation* r) {
                return schema_name(r->schema) == candidate;
            });
            if (it != found.end()) return {*it};
        }
        return found;  // it may be in a temporary schema, or the path is wrong
    }
    // information_schema has tables named "columns", "parameters" …; it is in nobody's path.
    std::vector<const relation*> likely;
    std::copy_if(found.begin(), found.end(), std::back_inserter(likely),
                 [&](const relation* r) { return schema_name(r->schema) != "information_schema"; });
    return likely.empty() ? found : likely;
}

std::vector<const function*> catalog::functions_named(std::string_view schema,
                                                      std::string_view name) const {
    std::vector<const function*> found;
    const auto [begin, end] = functions_by_name_.equal_range(name);
    for (auto it = begin; it != end; ++it) {
        const function& f = functions_[it->second];
        if (schema.empty() || schema_name(f.schema) == schema) found.push_back(&f);
    }
    return found;
}

void catalog::index() {
    relation_places_.reserve(relations_.size());
    relations_by_name_.reserve(relations_.size());
    for (std::size_t i = 0; i < relations_.size(); ++i)
        relations_by_name_.emplace(relations_[i].name, i);
    function_places_.reserve(functions_.size());
    functions_by_name_.reserve(functions_.size());
    for (std::size_t i = 0; i < functions_.size(); ++i) {
        const function& f = functions_[i];
        function_places_.emplace(f.id, i);
        functions_by_name_.emplace(f.name, i);
        if (f.takes_row && f.stability != volatility::immutable) row_functions_.push_back(&f);
        if (!f.is_builtin && f.may_do_ddl && f.stability == volatility::volatile_)
            functions_may_do_ddl_ = true;
    }
}

}  // namespace pgfold::catalog
