#include "analyzer/detect/argument_hashes.hpp"

#include <algorithm>

namespace pgfold::detect {
namespace {

constexpr std::size_t arguments_max = 64;  // hashed per execution

bool must_be_constant(sql::parameter_role role) {
    switch (role) {
        case sql::parameter_role::limit:
        case sql::parameter_role::offset:
        case sql::parameter_role::in_list:
        case sql::parameter_role::any_array:
            return true;
        default:
            return false;
    }
}

}  // namespace

hashed_arguments hash_arguments(const sql::statement_template& statement,
                                std::span<const argument> arguments) {
    hashed_arguments h;
    const std::size_t count = std::min(arguments.size(), arguments_max);
    const std::size_t keys = std::min(statement.keys.size(), h.keys.size());
    for (std::size_t i = 0; i < count; ++i) {
        const canonical_value value = canonicalize(arguments[i]);
        h.all = combine_hashes(h.all, value.hash);
        for (std::size_t k = 0; k < keys; ++k) {
            if (statement.keys[k].parameter == i + 1) {
                h.keys[k] = value.hash;
                h.kinds[k] = value.kind;
            }
        }
        const auto role = i < statement.parameter_roles.size() ? statement.parameter_roles[i]
                                                               : sql::parameter_role::other;
        if (keys > 0 && must_be_constant(role))
            h.signature = combine_hashes(h.signature, value.hash + i);
        if (role == sql::parameter_role::other || role == sql::parameter_role::range)
            h.others = combine_hashes(h.others, value.hash);
    }
    return h;
}

}  // namespace pgfold::detect
