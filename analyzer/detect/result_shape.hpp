// The columns of a result as RowDescription and the Bind's result formats tell them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace pgfold::detect {

struct result_column {
    std::string name;             // as labeled in the result; may be an alias
    std::uint32_t table_oid = 0;  // 0: an expression
    std::int16_t attribute = 0;
    std::uint32_t type_oid = 0;
    bool binary = false;
};

class result_shape {
public:
    static constexpr std::size_t columns_max = 64;  // those after it are never keys

    // Null when the bytes are not a RowDescription body.
    [[nodiscard]] static std::shared_ptr<const result_shape> parse(
        std::span<const std::byte> row_description, std::span<const std::int16_t> formats);

    // Executions of one statement repeat their shape byte for byte: comparing is cheaper than
    // parsing.
    [[nodiscard]] bool same_source(std::span<const std::byte> row_description,
                                   std::span<const std::int16_t> formats) const;

    [[nodiscard]] const std::vector<result_column>& columns() const { return columns_; }

private:
    std::vector<result_column> columns_;
    std::vector<std::byte> source_;
    std::vector<std::int16_t> formats_;
};

}  // namespace pgfold::detect
