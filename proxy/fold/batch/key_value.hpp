// The value of a lookup's key in one canonical text form, however it travels: what a parent's
// column holds can be compared with what a lookup asks for, and asked for in another lookup's
// place.
//
//     integers   decimal, as PostgreSQL prints it         24  -3
//     uuid       lower case with hyphens
//     text       the bytes themselves, trailing blanks and all
//
// An untyped value (an unknown literal, a parameter without a type) is text, whatever it looks
// like. Other types have no canonical text: numeric and float have many spellings of one value,
// dates depend on settings. NULL is no key: nothing equals it.
//
// What equal texts prove. Two lookups of one template that ask in the same way (lookup_form.hpp:
// same types of parameters, same kind of literal) and whose keys have equal texts get the same
// answer: by then the server reads the same value of the same type. An integer or a uuid has one
// canonical text per value, so the spellings that fold together are those that the type's input
// function reads alike; and text folds nothing. The other direction is not promised: 'a' and 'a  '
// are one key to a char(3) column and two here, which costs a lookup and never an answer. Spellings
// that need PostgreSQL's own reading ("024", "+24", 1e3, 0x18, U&'…') are no keys at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "analyzer/detect/conversation_observer.hpp"

namespace pgfold::fold {

inline constexpr std::size_t key_bytes_max = 1024;

// Types that canonical texts exist for; 0 and 705 (unknown) are untyped.
[[nodiscard]] bool is_key_type(std::uint32_t type_oid);

// A column of a DataRow or a bound value. nullopt: no canonical text.
[[nodiscard]] std::optional<std::string> canonical_key(std::string_view bytes,
                                                       std::uint32_t type_oid, bool binary);
// A bound or inlined argument; nullopt for NULL too.
[[nodiscard]] std::optional<std::string> canonical_key(const detect::argument& value);

}  // namespace pgfold::fold
