// HTML under construction. Whatever comes from a capture goes through text(): it was written by
// whoever could send SQL.
#pragma once

#include <string>
#include <string_view>

namespace pgfold::analyze {

// For text and for quoted attributes, in HTML and in SVG. What is not UTF-8 or not printable
// becomes U+FFFD.
[[nodiscard]] std::string escaped(std::string_view text);

class html_text {
public:
    html_text& markup(std::string_view html) {
        out_ += html;
        return *this;
    }
    html_text& text(std::string_view plain) {
        out_ += escaped(plain);
        return *this;
    }
    // <name class="…">plain</name>
    html_text& element(std::string_view name, std::string_view plain, std::string_view css = {});

    [[nodiscard]] const std::string& str() const { return out_; }

private:
    std::string out_;
};

}  // namespace pgfold::analyze
