// https://docs.github.com/actions/reference/workflow-commands: a line for each annotation.
#include "tools/guard/guard_report.hpp"

namespace pgfold::guard {
namespace {

// The message, or, stricter, a property of the command.
std::string escaped(std::string_view text, bool property) {
    std::string result;
    for (const char c : text) {
        switch (c) {
            case '%':
                result += "%25";
                break;
            case '\r':
                result += "%0D";
                break;
            case '\n':
                result += "%0A";
                break;
            case ':':
                result += property ? "%3A" : ":";
                break;
            case ',':
                result += property ? "%2C" : ",";
                break;
            default:
                result += c;
        }
    }
    return result;
}

std::string command(std::string_view level, const source_location& place, std::string_view title,
                    std::string_view message) {
    std::string line = "::" + std::string(level) + " title=" + escaped(title, true);
    if (!place.file.empty()) line += ",file=" + escaped(place.file, true);
    if (place.line != 0) line += ",line=" + std::to_string(place.line);
    return line + "::" + escaped(message, false) + '\n';
}

}  // namespace

std::string write_github(const judgment& judged) {
    std::string out;
    for (const judged_finding& one : judged.findings) {
        if (one.outcome == verdict::fails)
            out += command("error", one.place, summary_of(one), details_of(one));
    }
    for (const exceeded_budget& one : judged.exceeded)
        out += command("error", one.place, "over budget", summary_of(one));
    return out + command("notice", {}, "pgfold guard", summary_of(judged));
}

}  // namespace pgfold::guard
