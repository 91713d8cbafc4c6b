// The words of SET, RESET and the like. Private to this folder.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pgfold::session::setting_text {

[[nodiscard]] std::string lower(std::string text);

struct token {
    enum class kind : std::uint8_t { end, word, quoted, sign };
    kind what = kind::end;
    std::string text;  // of quoted ones, what the quotes hold
};

// Words, strings and single characters; blanks and comments are passed over.
class token_reader {
public:
    explicit token_reader(std::string_view text) : rest_(text) {}

    [[nodiscard]] token next();
    // What has not been read, without blanks and semicolons around it.
    [[nodiscard]] std::string_view rest();

private:
    void skip_blanks();
    [[nodiscard]] token quoted(bool escapes);

    std::string_view rest_;
};

}  // namespace pgfold::session::setting_text
