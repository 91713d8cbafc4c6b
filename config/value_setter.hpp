// One value, as text, into its place in the settings: the part of reading that knows no YAML.
#pragma once

#include <string>
#include <vector>

#include "config/schema.hpp"

namespace pgfold::config {

struct value_text {
    std::string text;
    std::string shown;  // for messages: quoted, or "the value" of a secret
};

// How messages name a value; `origin` says where it came from if not from its place, else empty.
[[nodiscard]] value_text make_value_text(const field_type& type, std::string text,
                                         const std::string& origin);

// Says what is wrong, or stores the value and says nothing. `folder` is where relative paths start.
// Not for sections, lists of records and lists of addresses.
[[nodiscard]] std::string set_value(const field_type& type, const value_text& value,
                                    const std::string& folder, void* record);

// The same for one more item of a list that is still to be stored.
[[nodiscard]] std::string add_address(const value_text& value, std::vector<std::string>& addresses);

}  // namespace pgfold::config
