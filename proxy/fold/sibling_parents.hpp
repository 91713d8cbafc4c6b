// Results of sibling connections, as parents of this connection's lookups. The records are shared
// and never change; the indexes over them are this session's own.
#pragma once

#include <memory>
#include <vector>

#include "analyzer/detect/sibling_results.hpp"

namespace pgfold::fold {

class sibling_parents {
public:
    static constexpr std::size_t indexed_max = 32;

    // `siblings` may be null, and must outlive this.
    explicit sibling_parents(const detect::sibling_results* siblings) : siblings_(siblings) {}

    [[nodiscard]] bool any() const {
        return siblings_ != nullptr && siblings_->has_shared_results();
    }

    using results = std::vector<std::shared_ptr<detect::stored_result>>;
    // Of that statement, or of any; not those of connection `own`. The oldest first.
    [[nodiscard]] results of(const sql::statement_template* statement, std::uint64_t own);

private:
    const detect::sibling_results* siblings_;
    results indexed_;  // the one used last is the last
};

}  // namespace pgfold::fold
