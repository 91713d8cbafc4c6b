// ${NAME}, ${NAME:-default} and ${file:PATH} in a YAML text.
//
// A reference is hidden from the YAML parser behind a placeholder and put back into the scalar that
// holds it. So `{token: ${TOKEN:-}}` parses although braces mean something in YAML, and no value of
// a variable can ever change the structure of the document.
//
// Flow:
//
//     variable_references references(text);
//     … parse references.masked_text() …
//     references.expand(scalar, lookup)          // for each scalar that is used
//     references.original_position(line, column) // for each error
//
// NAME is a letter or underscore, then letters, digits, underscores. The default applies when the
// variable is unset or empty, as in a shell. PATH is a file that holds one line, such as a secret
// that an orchestrator mounts. `$${` stands for `${` itself.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "config/loader.hpp"

namespace pgfold::config {

struct position {
    int line = 0;  // both from 1
    int column = 0;
};

struct expansion {
    std::string text;
    std::string error;  // empty: done
    bool has_variable = false;
    std::vector<std::string> files;  // that were read, or should have been
};

class variable_references {
public:
    explicit variable_references(std::string_view text);

    [[nodiscard]] const std::string& masked_text() const { return masked_; }
    // Relative paths start at `folder`.
    [[nodiscard]] expansion expand(std::string_view masked_scalar, const variable_lookup& variables,
                                   const std::string& folder = {}) const;
    // The source with references as they were written, for naming a scalar in an error.
    [[nodiscard]] std::string unmask(std::string_view masked) const;
    // From the parser's zero-based line and byte column in the masked text, to what an editor
    // shows for the original: columns count characters.
    [[nodiscard]] position original_position(int line, int column) const;

private:
    struct reference {
        std::string source;  // as written
        std::string name;    // empty, with `path`: an escape, stands for "${"
        std::string path;    // of ${file:…}
        std::string fallback;
        bool has_fallback = false;
        int line = 0;                   // of the masked text, from 0
        std::size_t masked_column = 0;  // in bytes
        std::size_t masked_length = 0;
    };
    void add_reference(reference found, std::size_t line_start);

    std::string original_, masked_;
    std::vector<reference> references_;
};

}  // namespace pgfold::config
