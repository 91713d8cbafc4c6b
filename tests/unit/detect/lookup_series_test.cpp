#include "analyzer/detect/lookup_series.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <span>
#include <string>

#include "unit/detect/conversation.hpp"

namespace pgfold::detect::testing {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t parents = 50;

// A connection that has seen one result: a column of integers.
class one_result final : public series_context {
public:
    one_result() {
        const std::string description("\0\1id\0\0\0\0\1\0\1\0\0\0\x17\0\4\xff\xff\xff\xff\0\0"sv);
        auto record = std::make_shared<result_record>(
            result_shape::parse(std::as_bytes(std::span(description)), {}));
        record->statement = select("organization");
        for (std::size_t i = 0; i < parents; ++i) {
            const std::string row = std::string("\0\1\0\0\0\2"sv) + std::to_string(10 + i);
            if (!record->rows.append(std::as_bytes(std::span(row)), parents, 10'000)) std::abort();
            keys.push_back(record->rows.value(i, 0).hash);
        }
        window_.add(std::make_shared<stored_result>(std::move(record)));
    }
    [[nodiscard]] bool is_proven_loop(const sql::statement_template&) const override {
        return false;
    }
    [[nodiscard]] result_window& results() override { return window_; }
    [[nodiscard]] const proof_rules& rules() const override { return rules_; }
    [[nodiscard]] key_relation relation(const result_column&,
                                        const sql::key_comparison&) const override {
        return key_relation::unknown;
    }

    std::vector<std::uint64_t> keys;

private:
    result_window window_{4};
    proof_rules rules_;
};

// A lookup that belongs to no loop, before many that do, on a connection that never idles.
TEST(lookup_series, one_open_lookup_does_not_keep_all_that_are_settled_behind_it) {
    constexpr std::uint64_t lookups = 20'000;
    one_result context;
    lookup_series series(select("employee", {"id"}), 0, 0);
    const value_kind kinds[] = {value_kind::integer};
    std::size_t longest = 0;
    std::size_t retired = 0;
    std::vector<lookup_record> unexplained;
    for (std::uint64_t n = 1; n <= lookups; ++n) {
        if (series.log_full()) {
            ++retired;
            for (const auto& lookup : series.retire(false))
                unexplained.push_back(lookup);
        }
        lookup_record lookup;
        lookup.id = lookup.event = n;
        lookup.keys[0] = n == 1 ? 1 : context.keys[n % parents];
        lookup.finished = true;
        const std::uint64_t number = series.add(lookup, kinds, context);
        if (n > 1) series.mark_settled(*series.find(number));
        longest = std::max(longest, series.log().size());
    }
    EXPECT_LE(longest, lookup_series::log_entries_max + lookup_series::log_max);
    EXPECT_LE(retired, lookups / (lookup_series::log_max / 4));
    ASSERT_EQ(unexplained.size(), 1U);
    EXPECT_EQ(unexplained[0].id, 1U);
    EXPECT_EQ(series.unsettled(), 0U);
}

}  // namespace
}  // namespace pgfold::detect::testing
