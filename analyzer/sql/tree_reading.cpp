#include "analyzer/sql/tree_reading.hpp"

#include <algorithm>
#include <array>

namespace pgfold::sql {

std::string_view view(const char* text) {
    return text != nullptr ? std::string_view(text) : std::string_view();
}

std::string_view string_of(const PgQuery__Node* node) {
    const auto* text = as<PgQuery__String>(node);
    return text != nullptr ? view(text->sval) : std::string_view();
}

std::string type_name(const PgQuery__TypeName* type) {
    if (type == nullptr || type->n_names == 0) return {};
    std::string name;
    for (std::size_t i = 0; i < type->n_names; ++i) {
        const std::string_view part = string_of(type->names[i]);
        if (i == 0 && type->n_names > 1 && part == "pg_catalog") continue;
        if (!name.empty()) name += '.';
        name += part;
    }
    if (type->n_array_bounds > 0) name += "[]";
    return name;
}

peeled peel(const tree_node* node) {
    peeled result{unwrap(node), nullptr};
    for (unsigned depth = 0; depth < tree_levels_max; ++depth) {
        const auto* cast = as<PgQuery__TypeCast>(result.node);
        if (cast == nullptr) break;
        if (result.cast == nullptr) result.cast = cast->type_name;
        result.node = unwrap(cast->arg);
    }
    return result;
}
peeled peel(const PgQuery__Node* node) {
    return peel(reinterpret_cast<const tree_node*>(node));
}

std::string_view operator_name(const PgQuery__AExpr& expression) {
    return expression.n_name == 0 ? std::string_view()
                                  : string_of(expression.name[expression.n_name - 1]);
}

bool is_comparison(std::string_view op) {
    static constexpr std::array<std::string_view, 22> operators = {
        "<",  "<=", ">",   ">=", "<>", "!=", "~~", "~~*", "!~~", "!~~*", "~",
        "~*", "!~", "!~*", "@>", "<@", "&&", "?",  "?|",  "?&",  "@@",   "^@"};
    return std::find(operators.begin(), operators.end(), op) != operators.end();
}

std::string_view function_name(const PgQuery__SQLValueFunction& function) {
    switch (function.op) {
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_DATE:
            return "current_date";
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIME:
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIME_N:
            return "current_time";
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIMESTAMP:
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIMESTAMP_N:
            return "current_timestamp";
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIME:
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIME_N:
            return "localtime";
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIMESTAMP:
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIMESTAMP_N:
            return "localtimestamp";
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_ROLE:
            return "current_role";
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_USER:
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_USER:
            return "current_user";
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_SESSION_USER:
            return "session_user";
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_CATALOG:
            return "current_catalog";
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_SCHEMA:
            return "current_schema";
        default:
            return "current_value";
    }
}

std::string function_name(const PgQuery__FuncCall& call) {
    std::string name;
    for (std::size_t i = 0; i < call.n_funcname; ++i) {
        const std::string_view part = string_of(call.funcname[i]);
        // EXTRACT, OVERLAY …: the grammar adds the schema.
        if (i == 0 && call.n_funcname > 1 && part == "pg_catalog" &&
            call.funcformat == PG_QUERY__COERCION_FORM__COERCE_SQL_SYNTAX)
            continue;
        if (!name.empty()) name += '.';
        name += part;
    }
    return name;
}

}  // namespace pgfold::sql
