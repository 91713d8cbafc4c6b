#include "proxy/session/stripped_text.hpp"

#include <algorithm>
#include <array>

namespace pgfold::session {
namespace {

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

// Of UTF-8. Elsewhere a character too few here and there moves the cursor under an error message,
// no more.
std::uint32_t characters(std::string_view text) {
    return static_cast<std::uint32_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    }));
}

// What separates two parts that a comment stood between. A line comment ends at a newline.
std::string_view separator(std::string_view space_before) {
    return space_before.find_first_of("\r\n") == std::string_view::npos ? " " : "\n";
}

}  // namespace

stripped_text strip_comments(std::string_view text, const sql::analysis& found) {
    std::array<std::string_view, text_cuts::cuts_max> comments = {found.tag_comment};
    const bool apart =
        !found.directive.empty() &&
        (found.directive.data() < found.tag_comment.data() ||
         found.directive.data() >= found.tag_comment.data() + found.tag_comment.size());
    if (apart) comments[1] = found.directive;
    if (apart && comments[1].data() < comments[0].data()) std::swap(comments[0], comments[1]);

    stripped_text out;
    out.text.reserve(text.size());
    std::uint32_t kept = 0;  // characters of out.text
    std::size_t from = 0;
    for (const std::string_view comment : comments) {
        if (comment.empty()) continue;
        const auto at = static_cast<std::size_t>(comment.data() - text.data());
        std::size_t end = at;  // of what stays before it
        while (end > from && is_space(text[end - 1]))
            --end;
        std::size_t next = at + comment.size();
        while (next < text.size() && is_space(text[next]))
            ++next;
        out.text += text.substr(from, end - from);
        kept += characters(text.substr(from, end - from));
        std::uint32_t removed = characters(text.substr(end, next - end));
        if (!out.text.empty() && next < text.size()) {
            out.text += separator(text.substr(end, at - end));
            ++kept;
            --removed;
        }
        out.cuts.add(kept, removed);
        from = next;
    }
    out.text += text.substr(from);
    return out;
}

}  // namespace pgfold::session
