#include "tests/detection/corpus.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>

#include "analyzer/detect/result_shape.hpp"
#include "tools/captures/capture_replayer.hpp"

namespace pgfold::detect::testing {

corpus::corpus(const std::filesystem::path& folder) {
    for (auto& label : read_labels(folder / "labels.csv")) {
        recording r;
        r.label = label;
        // Pointers into the vector must last while the file is read.
        std::vector<std::unique_ptr<recorded_connection>> connections;
        std::uint64_t order = 0;
        captures::capture_replayer replayer({}, [&](const captures::tcp_connection&) {
            connections.push_back(std::make_unique<recorded_connection>());
            return std::make_unique<event_recorder>(*connections.back(), order);
        });
        const auto result = replayer.replay_file((folder / label.file).string());
        if (result.status != captures::capture_status::complete)
            throw std::runtime_error(label.file + ": " + result.message);
        replayer.finish();
        for (auto& connection : connections) {
            if (connection->events.empty()) continue;
            share_templates(*connection);
            learn_columns(*connection);
            r.connections.push_back(std::move(*connection));
        }
        recordings_.push_back(std::move(r));
    }
}

// Each file has template objects of its own; in one process there is one per text.
void corpus::share_templates(recorded_connection& connection) {
    for (auto& event : connection.events) {
        auto* start = std::get_if<recorded_start>(&event.body);
        if (start != nullptr)
            start->statement =
                templates_.try_emplace(start->statement->normalized_text, start->statement)
                    .first->second;
    }
}

void corpus::learn_columns(const recorded_connection& connection) {
    std::map<execution_id, const recorded_start*> starts;
    for (const auto& event : connection.events) {
        if (const auto* start = std::get_if<recorded_start>(&event.body)) starts[start->id] = start;
        const auto* shape = std::get_if<recorded_shape>(&event.body);
        if (shape == nullptr || !starts.contains(shape->id)) continue;
        const auto& statement = *starts[shape->id]->statement;
        if (statement.tables_read.size() != 1) continue;
        const auto parsed = result_shape::parse(shape->row_description, shape->formats);
        if (!parsed) continue;
        for (const auto& column : parsed->columns()) {
            if (column.table_oid != 0)
                columns_.try_emplace(statement.tables_read[0].name + "." + column.name,
                                     column.table_oid, column.attribute);
        }
    }
}

std::vector<const recording*> corpus::of_client(const std::string& client) const {
    std::vector<const recording*> found;
    for (const auto& r : recordings_) {
        if (r.label.client == client) found.push_back(&r);
    }
    return found;
}

std::vector<std::string> corpus::clients() const {
    std::set<std::string> names;
    for (const auto& r : recordings_)
        names.insert(r.label.client);
    return {names.begin(), names.end()};
}

column_id corpus::column(const std::string& qualified) const {
    const auto it = columns_.find(qualified);
    return it == columns_.end() ? column_id{} : it->second;
}

bool is_child(const sql::statement_template& statement, const expected_group& group) {
    const auto& tables =
        statement.tables_read.empty() ? statement.tables_written : statement.tables_read;
    return std::all_of(
        group.key_columns.begin(), group.key_columns.end(), [&](const std::string& column) {
            return std::any_of(
                statement.keys.begin(), statement.keys.end(), [&](const sql::key_comparison& key) {
                    return key.column == column &&
                           (key.table == group.child_table ||
                            (!tables.empty() && tables.front().name == group.child_table) ||
                            (!statement.tables_written.empty() &&
                             statement.tables_written.front().name == group.child_table));
                });
        });
}

const corpus& shared_corpus() {
    static const corpus all(std::filesystem::path(PGFOLD_SOURCE_DIR) / "tests/corpus");
    return all;
}

}  // namespace pgfold::detect::testing
