// The results that a connection has seen, and the lookups it runs over them, made by hand.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "analyzer/detect/argument_hashes.hpp"
#include "analyzer/detect/result_window.hpp"
#include "proxy/fold/prediction.hpp"
#include "unit/fold/analyzed_lookup.hpp"

namespace pgfold::fold {

// The body of a message that a builder has made.
inline test::bytes body_of(const test::bytes& message) {
    return {message.begin() + 5, message.end()};
}

class looped_results {
public:
    using rows = std::vector<std::vector<std::optional<std::string>>>;

    // The answer to `statement`, which is asked afresh: older answers to it are superseded.
    detect::stored_result& add(test::analyzed_lookup& statement,
                               const std::vector<test::backend::column>& columns,
                               const rows& values) {
        const auto description = body_of(test::backend::row_description(columns));
        auto record =
            std::make_shared<detect::result_record>(detect::result_shape::parse(description, {}));
        record->id = ++last_id_;
        record->statement = statement.statement();
        record->keys = hashes_of(statement).keys;
        for (const auto& row : values)
            EXPECT_TRUE(record->rows.append(body_of(test::backend::data_row(row)), 1000, 1 << 20));
        auto& stored = window.add(std::make_shared<detect::stored_result>(std::move(record)));
        window.supersede(*statement.statement(), 0, ++events_, &stored);
        return stored;
    }

    [[nodiscard]] static detect::hashed_arguments hashes_of(test::analyzed_lookup& lookup) {
        const auto asked = lookup.asked();
        return detect::hash_arguments(*asked.statement, asked.arguments);
    }
    // A lookup that is asked now.
    [[nodiscard]] seen_lookup seen(test::analyzed_lookup& lookup) const {
        const auto hashes = hashes_of(lookup);
        return {hashes.keys, hashes.kinds, window.newest_serial()};
    }
    [[nodiscard]] seen_lookup seen(const std::string& text) const {
        test::analyzed_lookup lookup(text);
        return seen(lookup);
    }

    detect::result_window window{16};

private:
    detect::execution_id last_id_ = 0;
    std::uint64_t events_ = 0;
};

}  // namespace pgfold::fold
