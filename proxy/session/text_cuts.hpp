// What was taken out of a text on its way to the server. PostgreSQL tells places in the text that
// it saw; original() makes places in the client's text of them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace pgfold::session {

class text_cuts {
public:
    static constexpr std::size_t cuts_max = 2;

    // From the character `at` (counted from 0) of what is sent on, `removed` characters are missing
    // before it. In order.
    void add(std::uint32_t at, std::uint32_t removed) {
        if (count_ < cuts_max) cuts_[count_++] = {at, removed};
    }
    [[nodiscard]] bool empty() const { return count_ == 0; }

    // `position` as PostgreSQL counts: characters from 1.
    [[nodiscard]] std::uint64_t original(std::uint64_t position) const {
        std::uint64_t moved = position;
        for (std::size_t i = 0; i < count_; ++i)
            moved += position > cuts_[i].at ? cuts_[i].removed : 0;
        return moved;
    }

private:
    struct cut {
        std::uint32_t at = 0, removed = 0;
    };
    std::array<cut, cuts_max> cuts_{};
    std::uint32_t count_ = 0;
};

}  // namespace pgfold::session
