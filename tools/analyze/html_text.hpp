// HTML under construction. Whatever comes from a capture goes through text(): it was written by
// whoever could send SQL.
#pragma once

#include <string>
#include <string_view>

#include "analyzer/report/markup.hpp"

namespace pgfold::analyze {

class html_text {
public:
    html_text& markup(std::string_view html) {
        out_ += html;
        return *this;
    }
    html_text& text(std::string_view plain) {
        out_ += report::escaped(plain);
        return *this;
    }
    // <name class="…">plain</name>
    html_text& element(std::string_view name, std::string_view plain, std::string_view css = {});

    [[nodiscard]] const std::string& str() const { return out_; }

private:
    std::string out_;
};

}  // namespace pgfold::analyze
