#include "tools/analyze/html_text.hpp"

#include "analyzer/report/utf8.hpp"

namespace pgfold::analyze {

std::string escaped(std::string_view text) {
    std::string result;
    for (const char c : report::to_valid_utf8(text)) {
        switch (c) {
            case '&':
                result += "&amp;";
                break;
            case '<':
                result += "&lt;";
                break;
            case '>':
                result += "&gt;";
                break;
            case '"':
                result += "&quot;";
                break;
            case '\'':
                result += "&#39;";
                break;
            case '\n':
            case '\t':
                result += c;
                break;
            default:
                if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') {
                    result += "\xEF\xBF\xBD";
                } else {
                    result += c;
                }
        }
    }
    return result;
}

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
