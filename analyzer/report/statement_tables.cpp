#include "analyzer/report/statement_tables.hpp"

#include <algorithm>

namespace pgfold::report {

std::vector<std::string> table_names(const sql::statement_template& statement) {
    std::vector<std::string> names;
    for (const auto* tables : {&statement.tables_written, &statement.tables_read}) {
        for (const sql::table_reference& table : *tables) {
            std::string name = table.schema.empty() ? table.name : table.schema + '.' + table.name;
            if (std::find(names.begin(), names.end(), name) == names.end()) {
                names.push_back(std::move(name));
            }
        }
    }
    return names;
}

}  // namespace pgfold::report
