// The timelines of all rows, and which rows a row has ever listed.
#pragma once

#include <unordered_map>
#include <vector>

#include "tests/consistency/checker/history.hpp"
#include "tests/consistency/checker/row_timeline.hpp"
#include "tests/consistency/checker/violation.hpp"

namespace pgfold::consistency {

struct effect {
    row_timeline* on = nullptr;
    rank at = 0;
};

class timeline_set {
public:
    // Adds the versions of a part of the history, with what foreign keys made of them.
    // `effects` gets, for each transaction, what others see of it.
    void add(const history& part, std::vector<std::vector<effect>>& effects);

    [[nodiscard]] row_timeline* find(row_id row);
    // Every row that this one listed at some time in this part of the history.
    [[nodiscard]] const std::vector<row_timeline*>& listed_by(relation in, owner_id owner) const;

    [[nodiscard]] const std::unordered_map<row_id, row_timeline>& all() const { return timelines_; }

    // Ends this part: all is quiet, and every row has been read once more.
    void collapse();

private:
    row_timeline& at(row_id row);
    void index(row_timeline& timeline);
    void add_consequences(relation in);

    std::unordered_map<row_id, row_timeline> timelines_;
    std::unordered_map<row_id, std::vector<row_timeline*>> listed_;  // {relation, owner}
};

// Two commits of one version, and versions that nobody wrote.
[[nodiscard]] std::vector<violation> check_versions(const timeline_set& timelines,
                                                    const history& part);

}  // namespace pgfold::consistency
