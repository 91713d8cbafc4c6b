// A connection that keeps the history of what is done on it.
//
// Flow: open(); then read() and write() + wrote(), in transactions or outside of them. A write is
// sent first and described afterwards, when its RETURNING has told the versions.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tests/consistency/checker/history.hpp"
#include "tests/consistency/driver/connection.hpp"
#include "tests/consistency/driver/faults.hpp"
#include "tests/consistency/driver/fold_model.hpp"
#include "tests/consistency/driver/lookup.hpp"

namespace pgfold::consistency {

enum class isolation : std::uint8_t { read_committed, repeatable_read };

// How often each thing was done; names have static storage.
using operation_counts = std::map<std::string_view, std::uint64_t>;

// What all sessions of a client share: one thread, one history.
struct notebook {
    std::uint16_t client = 0;
    history done;
    operation_counts counts;
    std::uint64_t statements = 0;
    std::uint64_t last_number = 0;

    // Numbers that nobody else uses: for writers, and for the ids of new rows.
    [[nodiscard]] std::int64_t fresh_number();
};

class session {
public:
    // `model` may be null.
    session(std::string url, notebook& book, fault_injector& faults, fold_model* model);

    void open();
    [[nodiscard]] notebook& book() { return book_; }

    // Transactions. Each returns false when the server said no.
    bool begin(isolation level);
    bool commit();
    bool rollback();
    bool savepoint();
    bool rollback_to_savepoint();
    bool prepare_transaction(const std::string& name);
    // Ends a transaction that was prepared, here or on another session of this client.
    bool finish_prepared(const std::string& name, std::uint32_t transaction, bool committing);
    // COMMIT, while `terminate` ends this session's backend: the outcome may stay unknown.
    void commit_while(const std::function<void()>& terminate);
    // Then, when that backend is gone.
    void lost_for_good();

    [[nodiscard]] bool in_transaction() const { return open_; }
    [[nodiscard]] bool failed() const { return failed_; }
    [[nodiscard]] bool has_savepoint() const { return has_savepoint_; }
    [[nodiscard]] bool is_repeatable_read() const {
        return open_ && transaction_at(transaction_).repeatable_read;
    }
    [[nodiscard]] std::uint32_t transaction_number() const { return transaction_; }
    [[nodiscard]] bool has_written() const { return wrote_; }

    // Asks and records. Returns what the answer gives to loop over; nothing on an error.
    std::vector<std::int64_t> read(const lookup& asked, std::int64_t key, form how,
                                   nanoseconds loop_started = never);
    // Has the model fetch what a loop will ask. Only answers can tell that it was done.
    void prefetch(const lookup& asked, std::int64_t key, form how);
    void drop_prefetched() { prefetched_.clear(); }
    // The same FOR UPDATE, for tables of single rows.
    bool read_for_update(const lookup& asked, std::int64_t key);

    // Sends a statement that writes. Outside a transaction it is one by itself.
    answer write(std::string_view name, const std::string& text, arguments values, form how);
    answer write_script(std::string_view name, const std::string& text, int wanted);
    // In two steps, so that other things can be done while the server is at it.
    void send_script(const std::string& text);
    // When the connection is lost meanwhile, the outcome is unknown: then reconnect().
    answer finish_script(std::string_view name, int wanted);
    // A read and a write, sent together; returns when the read is answered.
    void send_pipeline(const std::string& read, const std::string& write);
    answer finish_pipeline(std::string_view name);
    answer write_copy(std::string_view name, const std::string& text, const std::string& data);
    // Then, what it wrote.
    void wrote(row_id row, std::int64_t version, std::uint64_t writer, owner_id owner = nobody,
               owner_id owner_before = unknown_owner, bool at_commit = false);

    // Settings. `local` ends with the transaction.
    bool set_role(char role, bool local);  // 'a', 'b' or 0 for none
    bool set_item_schema(relation item, bool local);
    bool create_temporary_items(const population& size);
    bool drop_temporary_items();
    [[nodiscard]] read_context context() const;
    [[nodiscard]] bool has_temporary_items() const { return settings_.temporary_items != 0; }

    [[nodiscard]] const std::string& last_notice() const { return connection_.last_notice(); }
    [[nodiscard]] int backend_pid() const { return connection_.backend_pid(); }
    // Not recorded.
    answer run(const std::string& text) { return connection_.run(text); }
    void reconnect();

private:
    struct settings {
        char role = 0;
        relation schema_item = relation::item_east;  // what search_path makes of `item`
        std::int64_t temporary_items = 0;            // the number of our own, which hide it
    };

    [[nodiscard]] transaction& transaction_at(std::uint32_t number) {
        return book_.done.transactions[number];
    }
    [[nodiscard]] const transaction& transaction_at(std::uint32_t number) const {
        return book_.done.transactions[number];
    }
    bool control(std::string_view name, const std::string& text, answer* got = nullptr);
    void set_all(const settings& to);
    template <typename Change>
    bool set(const std::string& text, bool local, const Change& change);
    void finish_transaction(outcome how, const answer& got);
    void note_alone(outcome how, const answer& got);
    answer noted_write(std::string_view name, answer got);
    void note_failure(const answer& got);
    void note_snapshot(const answer& got);

    // What the model has for this question, if it would give that.
    [[nodiscard]] std::optional<answer> from_memory(const lookup& asked, std::int64_t key);
    // Tells the model what has ended, before anybody can have heard of it.
    void transaction_over(answer& got);

    struct memory {
        fold_model::stamp taken;
        result_ptr result;
    };

    connection connection_;
    fold_model* model_;
    fold_model::session_number model_session_ = 0;
    std::unordered_map<std::string, memory> prefetched_;
    notebook& book_;
    fault_injector& faults_;
    nanoseconds sent_ = 0;  // by send_script() or send_pipeline()
    bool open_ = false;
    bool failed_ = false;
    bool wrote_ = false;
    std::uint32_t transaction_ = no_transaction;
    std::uint32_t statement_ = 0;
    bool has_savepoint_ = false;
    std::size_t writes_at_savepoint_ = 0;
    settings settings_;
    settings settings_before_;        // the transaction
    settings settings_after_commit_;  // without what was SET LOCAL
    settings settings_at_savepoint_;
    settings settings_after_commit_at_savepoint_;
};

}  // namespace pgfold::consistency
