#include "unit/catalog/loaded_catalog.hpp"

#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <vector>

#include <libpq-fe.h>

#include "analyzer/catalog/catalog_builder.hpp"

namespace pgfold::test {
namespace {

struct close_connection {
    void operator()(PGconn* connection) const { PQfinish(connection); }
};
struct clear_result {
    void operator()(PGresult* result) const { PQclear(result); }
};
using connection_ptr = std::unique_ptr<PGconn, close_connection>;
using result_ptr = std::unique_ptr<PGresult, clear_result>;

result_ptr run(PGconn* connection, std::string_view text) {
    result_ptr result(PQexec(connection, std::string(text).c_str()));
    const ExecStatusType status = PQresultStatus(result.get());
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
        throw std::runtime_error(std::string(PQerrorMessage(connection)) + std::string(text));
    return result;
}

}  // namespace

loaded_catalog load_catalog(const std::string& conninfo, const std::string& role) {
    const connection_ptr connection(PQconnectdb(conninfo.c_str()));
    if (PQstatus(connection.get()) != CONNECTION_OK)
        throw std::runtime_error(PQerrorMessage(connection.get()));
    if (!role.empty()) (void)run(connection.get(), "SET ROLE " + role);

    catalog::catalog_builder builder;
    loaded_catalog loaded;
    (void)run(connection.get(), catalog::snapshot_begin);
    const auto queries = catalog::catalog_queries(PQserverVersion(connection.get()));
    for (const catalog::catalog_query& query : queries) {
        const result_ptr rows = run(connection.get(), query.text);
        if (PQnfields(rows.get()) != query.columns)
            throw std::runtime_error("not the columns that were announced");
        for (int i = 0; i < PQntuples(rows.get()); ++i) {
            std::vector<std::optional<std::string_view>> values;
            for (int k = 0; k < PQnfields(rows.get()); ++k) {
                if (PQgetisnull(rows.get(), i, k) != 0)
                    values.emplace_back();
                else
                    values.emplace_back(PQgetvalue(rows.get(), i, k));
            }
            if (!builder.add_row(query.part, values))
                throw std::runtime_error("a row was refused: " + std::string(query.text));
        }
    }
    (void)run(connection.get(), catalog::snapshot_end);
    if (!queries.empty()) loaded.known = builder.build();
    if (loaded.known) loaded.stamp = loaded.known->stamp();
    return loaded;
}

}  // namespace pgfold::test
