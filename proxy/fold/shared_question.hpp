// All of a lookup that its answer depends on, but for who asks it: as bytes that are equal only if
// the server reads both alike and answers both with the same bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "proxy/fold/asked_lookup.hpp"
#include "proxy/fold/kept_answers.hpp"

namespace pgfold::fold {

// Without its keys, whose positions these are. The same for all lookups of an answer_group.
[[nodiscard]] std::string shared_question(const asked_lookup& asked,
                                          std::span<const std::uint16_t> key_arguments);
[[nodiscard]] inline std::string with_key(const std::string& question, const key_tuple& key) {
    return question + joined(key);
}

}  // namespace pgfold::fold
