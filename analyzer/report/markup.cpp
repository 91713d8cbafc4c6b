#include "analyzer/report/markup.hpp"

#include "analyzer/report/utf8.hpp"

namespace pgfold::report {

std::string escaped(std::string_view text) {
    std::string result;
    for (const char c : to_valid_utf8(text)) {
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

}  // namespace pgfold::report
