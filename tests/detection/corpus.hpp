// The labeled recordings, read once through capture reader and session.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/detect/detector.hpp"
#include "tests/detection/event_recorder.hpp"
#include "tests/detection/labels.hpp"

namespace pgfold::detect::testing {

struct recording {
    recording_label label;
    std::vector<recorded_connection> connections;
};

using column_id = std::pair<std::uint32_t, std::int16_t>;  // table OID, attribute number

class corpus {
public:
    // Reads `folder`/labels.csv and all that it names.
    explicit corpus(const std::filesystem::path& folder);

    [[nodiscard]] const std::vector<recording>& recordings() const { return recordings_; }
    [[nodiscard]] std::vector<const recording*> of_client(const std::string& client) const;
    [[nodiscard]] std::vector<std::string> clients() const;
    // "organization.id", from the results of statements that read one table. {0, 0}: unknown.
    [[nodiscard]] column_id column(const std::string& qualified) const;

private:
    void share_templates(recorded_connection& connection);
    void learn_columns(const recorded_connection& connection);

    std::vector<recording> recordings_;
    std::map<std::string, sql::template_ptr> templates_;  // by normalized text
    std::map<std::string, column_id> columns_;
};

// The executions of one group's child.
[[nodiscard]] bool is_child(const sql::statement_template& statement, const expected_group& group);

[[nodiscard]] const corpus& shared_corpus();

}  // namespace pgfold::detect::testing
