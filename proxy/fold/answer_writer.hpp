// Writes an answer as PostgreSQL would have written it to this client.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "proxy/fold/asked_lookup.hpp"
#include "proxy/fold/kept_answers.hpp"

namespace pgfold::fold {

// `row_description` is the body, formats as the client is to see them.
void append_answer(std::vector<std::byte>& out, const kept_answer& answer,
                   std::span<const std::byte> row_description, const answer_shape& shape);

// ParseComplete and what Describe of a statement answers; `row_description` is the body of one.
void append_description(std::vector<std::byte>& out, std::span<const std::uint32_t> parameter_types,
                        std::span<const std::byte> row_description);

// The body of a RowDescription with the format codes that the lookup asked for: what Describe of a
// portal says where Describe of a statement said zeros. Empty when the body is malformed.
[[nodiscard]] std::vector<std::byte> with_formats(std::span<const std::byte> row_description,
                                                  const lookup_form& form);

}  // namespace pgfold::fold
