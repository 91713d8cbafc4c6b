// Answers that a batch has fetched and the client has not asked for yet.
//
// One group per child statement and set of constant arguments. An answer is the DataRow messages as
// the server sent them. A group belongs to one session and dies with what made it true
// (folder.hpp).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "analyzer/detect/conversation_observer.hpp"
#include "proxy/fold/asked_lookup.hpp"
#include "proxy/fold/association_table.hpp"
#include "proxy/fold/batch/lookup_form.hpp"
#include "proxy/fold/child_rewrites.hpp"
#include "proxy/fold/kept_bytes.hpp"

namespace pgfold::fold {

enum class answer_state : std::uint8_t {
    asked,  // its batch is under way
    complete,
    failed,  // the server said no, or said more than rows: the client has to ask itself
};

struct shared_answer;

struct kept_answer {
    answer_state state = answer_state::asked;
    bool used = false;
    std::uint32_t rows = 0;
    std::uint64_t batch = 0;                      // which one brings it
    std::vector<std::byte> bytes;                 // DataRow messages, headers included
    std::shared_ptr<const shared_answer> shared;  // the same, for the other sessions of the pool
};

// The values of the keys, canonical, in the order of the association's feed.
using key_tuple = std::vector<std::string>;
[[nodiscard]] std::string joined(const key_tuple& key);
// Of a lookup with its keys there; empty when a key is NULL or of a type that is not followed.
[[nodiscard]] key_tuple key_of(const asked_lookup& asked,
                               std::span<const std::uint16_t> key_arguments);
// What must be the same in two lookups that differ in their keys only.
[[nodiscard]] std::string constants_of(const asked_lookup& asked,
                                       std::span<const std::uint16_t> key_arguments);
[[nodiscard]] std::string result_formats_of(const asked_lookup& asked);

class answer_group {
public:
    static constexpr std::size_t answers_max = 4096;

    answer_group(const asked_lookup& asked, std::vector<std::uint16_t> key_arguments,
                 association_ptr origin, std::shared_ptr<kept_bytes> session = nullptr);
    ~answer_group();
    answer_group(const answer_group&) = delete;
    answer_group& operator=(const answer_group&) = delete;

    // The same statement in the same form, and nothing differs but the keys.
    [[nodiscard]] bool matches(const asked_lookup& asked) const;
    // Of an asked lookup that matches.
    [[nodiscard]] key_tuple key_of(const asked_lookup& asked) const {
        return fold::key_of(asked, key_arguments_);
    }

    // Batches are asked the way this lookup is. False: it cannot be asked with other keys.
    [[nodiscard]] bool ask_as(const asked_lookup& asked);

    [[nodiscard]] kept_answer* find(const key_tuple& key);
    // Pointers stay valid until the group goes. Null: it is there already.
    [[nodiscard]] kept_answer* add(const key_tuple& key, std::uint64_t batch);
    // An answer that another session has fetched. Null: there is no room.
    [[nodiscard]] kept_answer* put(const key_tuple& key, std::uint64_t batch, std::uint32_t rows,
                                   std::span<const std::byte> bytes);
    // Answers of its loop that other sessions have given count as used.
    void count_shared_use();
    // Fetched, and asked for by nobody yet.
    [[nodiscard]] std::size_t left() const;

    // As if it had never been added; the next to be fetched.
    void plan_again(key_tuple key);

    // Room for so many bytes more of answers, at the cost of those that have been given. False:
    // the session keeps enough.
    [[nodiscard]] bool hold(std::size_t size);
    void let_go(std::size_t size);

    // Goes on with the next loop of the same lookups, that the new group has been made for: what is
    // kept stays. False: it is too much by now.
    [[nodiscard]] bool take_over(answer_group& next);

    [[nodiscard]] const sql::template_ptr& statement() const { return statement_; }
    [[nodiscard]] const std::vector<std::uint16_t>& key_arguments() const { return key_arguments_; }
    // In the order in which they were added.
    [[nodiscard]] const std::deque<kept_answer>& answers() const { return answers_; }

    association_ptr origin;
    std::optional<lookup_form> form;
    std::shared_ptr<const void> prepared;    // asked_lookup::prepared of the form
    std::string statement_name;              // … and its name
    std::vector<std::byte> row_description;  // body, formats as the client asked
    child_rewrites_ptr rewrites;             // of the form's text; null: pipelines only
    std::vector<key_tuple> planned;          // still to be fetched, last one first
    bool repeats = false;                    // a key is likely to be asked for more than once
    bool describing = false;                 // a batch that asks for nothing else is under way
    std::size_t chunk = 0;                   // keys of the latest batch
    std::size_t unused = 0;                  // asked or complete, not used yet
    std::uint64_t fetched = 0, used = 0;     // of this loop
    std::string question;                    // shared_question.hpp; empty: not needed yet
    std::shared_ptr<std::atomic<std::uint64_t>> shared_use;  // of this loop, by other sessions
    std::uint64_t savepoints = 0;                            // set for its batches
    std::uint64_t last_use = 0;
    detect::timestamp answered{};  // the latest lookup, from here

private:
    sql::template_ptr statement_;
    bool extended_;
    std::vector<std::uint16_t> key_arguments_;
    std::string constants_;  // of the other arguments
    std::string formats_;    // result formats of the Bind
    std::vector<std::uint32_t> parameter_types_;
    std::deque<kept_answer> answers_;
    std::shared_ptr<kept_bytes> session_bytes_;
    std::size_t held_ = 0;
    std::unordered_map<std::string, kept_answer*> by_key_;
};

}  // namespace pgfold::fold
