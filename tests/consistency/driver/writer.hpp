// The writes: every way there is to change a row, step by step, so that other things can happen
// between the steps of one transaction.
//
// Flow: step(session, aim) again and again; settle(session) ends what is open.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "tests/consistency/driver/schema.hpp"
#include "tests/consistency/driver/session.hpp"

namespace pgfold::consistency {

// The rows that the client has seen last: what to write to.
class sightings {
public:
    void children_of(std::int64_t parent, const std::vector<std::int64_t>& children);
    void parents_of(std::int64_t group, const std::vector<std::int64_t>& parents);
    void note(std::int64_t note) { notes_.push_back(note); }

    template <typename Random>
    [[nodiscard]] std::optional<std::int64_t> child_of(std::int64_t parent, Random& random) const {
        const auto found = children_.find(parent);
        if (found == children_.end() || found->second.empty()) return std::nullopt;
        return found->second[random() % found->second.size()];
    }
    template <typename Random>
    [[nodiscard]] std::optional<std::int64_t> parent(Random& random) const {
        if (parents_.empty()) return std::nullopt;
        return parents_[random() % parents_.size()];
    }
    [[nodiscard]] std::vector<std::int64_t>& notes() { return notes_; }
    [[nodiscard]] std::size_t parents_seen() const { return parents_.size(); }
    [[nodiscard]] std::int64_t group() const { return group_; }

private:
    std::unordered_map<std::int64_t, std::vector<std::int64_t>> children_;
    std::vector<std::int64_t> parents_;
    std::int64_t group_ = 1;
    std::vector<std::int64_t> notes_;
};

// What the write should hit: what a loop will read next.
struct aim {
    enum class family : std::uint8_t { parents, fixed, anything } at = family::anything;
    std::int64_t id = 0;              // of a parent, or of the fixed rows
    relation table = relation::none;  // which of the fixed ones, if it matters
    bool blocking = true;             // TRUNCATE is allowed, and DDL if it is at all
};

class writer {
public:
    writer(const population& size, std::mt19937_64& random, sightings& seen)
        : size_(size), random_(random), seen_(seen) {}

    // One statement, or a few that belong together, on `on`: begins, continues or ends a
    // transaction, or does without one.
    void step(session& on, const aim& target);
    // DDL makes a proxy forget what it knows of all tables, and statements that hide what they do
    // may be DDL for all it knows: neither must be the rule.
    void allow(bool ddl, bool opaque) {
        ddl_ = ddl;
        opaque_ = opaque;
    }
    // Any write inside the transaction that `on` is in.
    void write(session& on, const aim& target);
    void settle(session& on);
    // Prepared transactions that wait for their end; on any session.
    void settle_prepared(session& on);

private:
    struct prepared {
        std::string name;
        std::uint32_t transaction = no_transaction;
    };

    [[nodiscard]] bool chance(unsigned percent) { return random_() % 100 < percent; }
    [[nodiscard]] form any_form() { return static_cast<form>(random_() % form_count); }
    [[nodiscard]] std::int64_t any_fixed() {
        return 1 +
               static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(size_.fixed_rows));
    }

    // family_writes.cpp
    void write_family(session& on, std::int64_t parent);
    void insert_parent(session& on, std::int64_t group);
    void delete_parent(session& on, std::int64_t parent);
    void insert_children(session& on, std::int64_t parent);
    void copy_children(session& on, std::int64_t parent);
    void update_children(session& on, std::int64_t parent);
    void delete_children(session& on, std::int64_t parent);
    void update_child(session& on, std::int64_t child, bool through_view);
    void delete_child(session& on, std::int64_t child);
    void move_child(session& on, std::int64_t child, std::int64_t to);
    void write_grandchild(session& on, std::int64_t child);
    void update_parent(session& on, std::int64_t parent);
    void write_note(session& on, std::int64_t parent);

    // fixed_writes.cpp
    void write_fixed(session& on, relation table, std::int64_t id, bool blocking);
    void write_account(session& on, std::int64_t id);
    void merge_account(session& on, std::int64_t id);
    void write_vehicle(session& on, std::int64_t id);
    void write_part(session& on, std::int64_t id);

    // slot_writes.cpp
    void write_slots(session& on, std::int64_t id, bool blocking);
    void write_slots_in_transaction(session& on, std::int64_t id, bool blocking);
    void write_membership(session& on, std::int64_t id);
    void update_plain(session& on, relation table, std::int64_t id);
    void wrote_account(session& on, std::int64_t id, std::int64_t version, std::uint64_t writer);

    const population& size_;
    std::mt19937_64& random_;
    sightings& seen_;
    std::vector<prepared> prepared_;
    unsigned steps_left_ = 0;
    bool ddl_ = false;
    bool opaque_ = false;
};

}  // namespace pgfold::consistency
