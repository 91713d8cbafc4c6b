// The loops that a session is in the middle of: a group of answers for each, a few at most. One
// that goes tells its association how many of its answers were of use.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "proxy/fold/asked_lookup.hpp"
#include "proxy/fold/batches_under_way.hpp"
#include "proxy/fold/kept_answers.hpp"
#include "proxy/fold/kept_bytes.hpp"

namespace pgfold::fold {

using group_ptr = std::shared_ptr<answer_group>;

class kept_loops {
public:
    static constexpr std::size_t loops_max = 16;

    // `batches` must outlive this.
    kept_loops(std::size_t bytes_max, batches_under_way& batches)
        : bytes_(std::make_shared<kept_bytes>(bytes_max)), batches_(batches) {}
    // What its loops have used is told: clients that connect anew for each request learn, too.
    ~kept_loops();
    kept_loops(const kept_loops&) = delete;
    kept_loops& operator=(const kept_loops&) = delete;

    [[nodiscard]] group_ptr make(const asked_lookup& asked,
                                 const std::vector<std::uint16_t>& key_arguments,
                                 const association_ptr& known) const;
    [[nodiscard]] group_ptr find(const asked_lookup& asked) const;
    [[nodiscard]] const std::vector<group_ptr>& all() const { return groups_; }
    // The one that nobody has asked for the longest makes room.
    void add(const group_ptr& group);
    void touch(answer_group& group) { group.last_use = ++uses_; }
    // Nobody wants what is still under way for it.
    void drop(const group_ptr& group);
    void drop_all();

private:
    static void note_end(answer_group& group);

    const std::shared_ptr<kept_bytes> bytes_;
    batches_under_way& batches_;
    std::vector<group_ptr> groups_;
    std::uint64_t uses_ = 0;
};

}  // namespace pgfold::fold
