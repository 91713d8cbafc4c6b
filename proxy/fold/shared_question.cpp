#include "proxy/fold/shared_question.hpp"

namespace pgfold::fold {
namespace {

template <typename Number>
void append_number(std::string& out, Number value) {
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// How a key is written decides how the server reads it: see lookup_form::reads_keys_like().
void append_notation(std::string& out, const detect::argument& key) {
    if (key.format != detect::argument_format::literal) {
        out.push_back('b');
        append_number(out, key.type_oid);
        return;
    }
    const bool is_number =
        !key.bytes.empty() &&
        (key.bytes.front() == '-' || (key.bytes.front() >= '0' && key.bytes.front() <= '9'));
    out.push_back(is_number ? 'n' : 's');
}

}  // namespace

std::string shared_question(const asked_lookup& asked,
                            std::span<const std::uint16_t> key_arguments) {
    std::string question;
    append_number(question, asked.statement->hash_low);
    append_number(question, asked.statement->hash_high);
    question.push_back(asked.extended ? 'e' : 's');
    append_number(question, asked.parameter_types.size());
    for (const std::uint32_t type : asked.parameter_types)
        append_number(question, type);
    const std::string formats = result_formats_of(asked);
    append_number(question, formats.size());
    question += formats;
    append_number(question, key_arguments.size());
    for (const std::uint16_t position : key_arguments) {
        append_number(question, position);
        append_notation(question, asked.arguments[position]);
    }
    question += constants_of(asked, key_arguments);
    return question;
}

}  // namespace pgfold::fold
