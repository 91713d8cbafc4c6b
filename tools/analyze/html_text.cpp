#include "tools/analyze/html_text.hpp"

namespace pgfold::analyze {

html_text& html_text::element(std::string_view name, std::string_view plain, std::string_view css) {
    out_ += '<';
    out_ += name;
    if (!css.empty()) {
        out_ += " class=\"";
        out_ += css;
        out_ += '"';
    }
    out_ += '>';
    text(plain);
    out_ += "</";
    out_ += name;
    out_ += '>';
    return *this;
}

}  // namespace pgfold::analyze
