// The answers of one conversation, in the order of its statements; in a file, not in memory.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/sql/statement_template.hpp"
#include "tools/replay/spool.hpp"

namespace pgfold::replay {

struct answer {
    sql::template_ptr statement;
    bool ended = false;
    bool skipped = false;    // an earlier error of its pipeline
    bool truncated = false;  // rows too long to be looked at
    std::chrono::nanoseconds duration{};
    std::uint64_t row_count = 0;
    std::uint64_t digest = 0;       // of all rows, in their order
    std::vector<std::string> rows;  // the first ones: bodies of DataRow messages
    std::string command_tag;
    std::string sqlstate;
};

// What the conversations of a recording, and of the passes that play it, share. Thread-safe.
class replay_storage {
public:
    [[nodiscard]] const std::shared_ptr<spool>& file() const { return file_; }

    // Statements are few; one stands for all of its text, whichever analysis it is from.
    [[nodiscard]] std::uint32_t number_of(const sql::template_ptr& statement);
    [[nodiscard]] sql::template_ptr statement(std::uint32_t number) const;

private:
    std::shared_ptr<spool> file_ = std::make_shared<spool>();
    mutable std::mutex mutex_;
    std::vector<sql::template_ptr> statements_;
    std::map<std::string_view, std::uint32_t> numbers_;  // by texts that statements_ hold
};

class answer_store {
public:
    answer_store() = default;  // of no answers
    explicit answer_store(std::shared_ptr<replay_storage> storage)
        : storage_(std::move(storage)), records_(storage_->file()) {}

    void add(const answer& one);
    void finish() { records_.finish(); }

    [[nodiscard]] std::uint64_t size() const { return records_.size(); }
    [[nodiscard]] std::chrono::nanoseconds waited() const { return waited_; }  // all together
    [[nodiscard]] bool has_writes() const { return has_writes_; }

    class reader {
    public:
        explicit reader(const answer_store& store) : store_(store), records_(store.records_) {}
        [[nodiscard]] std::optional<answer> next();

    private:
        const answer_store& store_;
        spooled_records::reader records_;
    };

private:
    std::shared_ptr<replay_storage> storage_;
    spooled_records records_;
    std::vector<std::byte> buffer_;
    std::chrono::nanoseconds waited_{};
    bool has_writes_ = false;
};

}  // namespace pgfold::replay
