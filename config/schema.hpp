// Every key of the configuration in one table: its name, type, limits, meaning and place in
// `settings`. The loader reads by it, the admin API prints by it, reloads are compared by it.
//
// Defaults stand in config.hpp; a default-constructed `settings` seen through the table shows them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/config.hpp"

namespace pgfold::config {

struct field;

// Functions take the record that holds the value: a `settings`, or one item of a list of records.
// The table never mixes the two, so the pointer has no type of its own.
template <class Value>
using accessor = Value& (*)(void* record);

struct text_type {
    accessor<std::string> value;
    std::string (*problem)(const std::string& value) = nullptr;     // why it is not valid
    std::string (*mask)(const std::string& value) = nullptr;        // what may be shown of a secret
    std::size_t (*problem_at)(const std::string& value) = nullptr;  // where in the text it is wrong
};
struct file_type {  // relative to the folder of the configuration file
    accessor<std::string> value;
    bool must_exist = true;  // and be readable; else its folder must
};
struct address_type {
    accessor<std::string> value;
    bool unix_allowed = false;
};
struct address_list_type {  // one, or a sequence
    accessor<std::vector<std::string>> value;
    std::size_t count_max = 0;
};
struct text_list_type {  // one, or a sequence
    accessor<std::vector<std::string>> value;
    std::size_t count_max = 0;
    std::string_view noun;  // of one item, for messages: "a name"
};
struct integer_type {
    accessor<std::uint32_t> value;
    std::uint32_t min = 0;
    std::uint32_t max = 0;
    std::string_view word_for_zero = {};  // "auto"; empty where 0 is just a number
};
struct duration_type {
    accessor<std::chrono::milliseconds> value;
    std::chrono::milliseconds min{0};
    std::chrono::milliseconds max{0};
};
struct byte_size_type {
    accessor<std::uint64_t> value;
    std::uint64_t min = 0;
    std::uint64_t max = 0;
};
struct boolean_type {
    accessor<bool> value;
};
struct choice_type {
    std::span<const std::string_view> names;
    std::size_t (*get)(const void* record);
    void (*set)(void* record, std::size_t index);
};
struct section_type {
    std::span<const field> fields;
};
struct record_list_type {
    std::span<const field> fields;
    void* (*append)(void* record);
    void* (*at)(void* record, std::size_t index);  // null past the end
    void (*clear)(void* record);
    std::size_t count_max = 0;
    std::string_view noun;  // of one item, for messages
    // Not null: a mapping of names to items, and this is where an item keeps its name.
    accessor<std::string> name = nullptr;
};

using field_type = std::variant<text_type, file_type, address_type, address_list_type,
                                text_list_type, integer_type, duration_type, byte_size_type,
                                boolean_type, choice_type, section_type, record_list_type>;

enum class takes_effect : std::uint8_t { on_reload, on_restart };

struct field {
    std::string_view key;
    field_type type;
    std::string_view description;  // one sentence
    takes_effect when = takes_effect::on_reload;
};

[[nodiscard]] std::span<const field> schema();

// What a value of the type looks like, for error messages: `a duration such as 250ms, 10s or 5m`.
[[nodiscard]] std::string expectation(const field_type& type);

// The value as the file would spell it. Not for sections and lists of records.
[[nodiscard]] std::string spell(const field_type& type, const void* record);

// The same, for people to see: secrets are masked.
[[nodiscard]] std::string spell_masked(const field_type& type, const void* record);

}  // namespace pgfold::config
