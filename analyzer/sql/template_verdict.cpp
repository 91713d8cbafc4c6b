#include "analyzer/sql/template_verdict.hpp"

#include <algorithm>
#include <string_view>

#include "analyzer/sql/builtin_functions.hpp"

namespace pgfold::sql {
namespace {

std::string_view without_catalog_schema(std::string_view function) {
    constexpr std::string_view catalog = "pg_catalog.";
    if (function.starts_with(catalog)) function.remove_prefix(catalog.size());
    return function;
}

// Why a function's answer may differ between two moments; empty if it may not.
std::string objection(const std::string& function) {
    const std::string_view name = without_catalog_schema(function);
    const auto volatility = name.find('.') == std::string_view::npos ? builtin_volatility(name)
                                                                     : function_volatility::unknown;
    switch (volatility) {
        case function_volatility::immutable:
        case function_volatility::stable:
            return {};
        case function_volatility::clock:
            return "calls " + function + "(), whose answer depends on the time";
        case function_volatility::session:
            return "calls " + function + "(), whose answer depends on the session";
        case function_volatility::volatile_:
            return "calls " + function + "()";
        case function_volatility::unknown:
            break;
    }
    return "calls " + function + "(), which may be volatile";
}

std::string common_objection(const statement_template& statement, const verdict_inputs& inputs) {
    if (inputs.incomplete) return "is nested too deeply";
    if (statement.kind == statement_kind::multiple) return "holds several statements";
    if (statement.kind != statement_kind::select) return "is not a SELECT";
    if (statement.writes_in_cte) return "writes in a WITH query";
    if (inputs.writes_result) return "writes its result to a table";
    if (statement.has_locking_clause) return "locks rows (FOR UPDATE or FOR SHARE)";
    if (inputs.samples_rows) return "samples rows at random";
    if (statement.tables_read.empty()) return "reads no table";
    for (const std::string& function : statement.functions) {
        if (std::string reason = objection(function); !reason.empty()) return reason;
    }
    if (statement.catalog_only) return "reads system catalogs";
    return {};
}

}  // namespace

void judge(statement_template& statement, const verdict_inputs& inputs) {
    statement.calls_volatile = std::any_of(
        statement.functions.begin(), statement.functions.end(), [](const std::string& function) {
            return builtin_volatility(without_catalog_schema(function)) ==
                   function_volatility::volatile_;
        });
    const std::string common = common_objection(statement, inputs);
    statement.cacheable = {common.empty(), common};
    statement.foldable = {common.empty(), common};
    if (common.empty() && statement.keys.empty())
        statement.foldable = {false, "compares no column with a parameter"};
}

}  // namespace pgfold::sql
