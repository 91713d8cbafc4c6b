// The result format codes of a Bind, kept until its rows arrive, without allocating.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "proxy/protocol/frontend/bind.hpp"

namespace pgfold::session {

class result_formats {
public:
    static constexpr std::size_t columns_max = 64;

    result_formats() = default;
    explicit result_formats(const protocol::format_codes& codes) {
        if (codes.size() > columns_max) {
            known_ = false;
            return;
        }
        count_ = static_cast<std::uint8_t>(codes.size());
        for (std::size_t i = 0; i < codes.size(); ++i)
            if (codes.raw(i) != 0) binary_ |= std::uint64_t{1} << i;
    }

    // More columns than are kept, and not all alike: nobody can say what the rows look like.
    [[nodiscard]] bool known() const { return known_; }

    using storage = std::array<std::int16_t, columns_max>;
    [[nodiscard]] std::span<const std::int16_t> expand(storage& out) const {
        for (std::size_t i = 0; i < count_; ++i)
            out[i] = static_cast<std::int16_t>(binary_ >> i & 1);
        // No code at all means text for every column, which one zero says as well.
        if (count_ == 0) out[0] = 0;
        return {out.data(), count_ == 0 ? std::size_t{1} : count_};
    }

private:
    std::uint64_t binary_ = 0;
    std::uint8_t count_ = 0;
    bool known_ = true;
};

}  // namespace pgfold::session
