// What is known of one child's text for fetching many keys with one statement: how the server
// describes it, and the rewrites that follow from that.
//
// Flow:
//     auto known = book.find(asked, keys)        not described yet, described, or with its rewrites
//     … the text is described along with a batch …
//     book.learn(*known, parameter types, columns)
//     book.find(asked, keys)                     builds the rewrites, once
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "analyzer/catalog/catalog.hpp"
#include "proxy/fold/asked_lookup.hpp"
#include "proxy/fold/batch/rewrite.hpp"

namespace pgfold::fold {

struct child_rewrites {
    describable child;                          // with its keys as parameters
    std::vector<std::uint32_t> declared_types;  // of its parameters, by the client; 0: not said
    bool standard_strings = true;               // how its text is to be read

    // As the server described it; empty: it was not asked yet.
    std::vector<std::uint32_t> parameter_types;
    std::vector<std::byte> columns;  // body of a RowDescription
    [[nodiscard]] bool is_described() const { return !columns.empty(); }

    bool is_built = false;
    rewrite_result any, lateral;
    // Its rows can come in one order only, whatever the plan.
    bool keeps_order = false;

    [[nodiscard]] const rewrite_result& of(batch_strategy strategy) const {
        return strategy == batch_strategy::any ? any : lateral;
    }
};
using child_rewrites_ptr = std::shared_ptr<const child_rewrites>;

// Of one association. Thread-safe.
class rewrite_book {
public:
    // Constants that are written into the text make texts of their own.
    static constexpr std::size_t texts_max = 8;

    // `key_arguments`: positions in asked.arguments. Null: the text cannot be taken apart, or its
    // constants are others each time.
    [[nodiscard]] child_rewrites_ptr find(const asked_lookup& asked,
                                          std::span<const std::uint16_t> key_arguments,
                                          const catalog::catalog& catalog);
    void learn(const child_rewrites& described, std::vector<std::uint32_t> parameter_types,
               std::vector<std::byte> columns);
    void give_up(const child_rewrites& undescribed, std::string why);
    // The server described it otherwise than before.
    void forget(const child_rewrites& outdated);
    // Of the text that was described last; null: none yet.
    [[nodiscard]] child_rewrites_ptr latest() const;

private:
    [[nodiscard]] static bool same_text(const child_rewrites& a, const child_rewrites& b);
    void put(child_rewrites_ptr entry);

    mutable std::mutex mutex_;
    std::vector<child_rewrites_ptr> texts_;  // newest last
    std::uint64_t described_ = 0, found_ = 0;
};

}  // namespace pgfold::fold
