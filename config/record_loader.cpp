#include "config/record_loader.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>

#include "config/variables.hpp"

namespace pgfold::config {
namespace {

constexpr std::size_t file_bytes_max = 1 << 20;

// YAML allows no control characters but tab and line breaks; the parser would let them through.
std::optional<position> control_character(std::string_view text) {
    position at{1, 1};
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte < ' ' && c != '\t' && c != '\n' && c != '\r') || byte == 0x7f) return at;
        if (c == '\n') {
            ++at.line;
            at.column = 1;
        } else if ((byte & 0xC0) != 0x80) {
            ++at.column;
        }
    }
    return std::nullopt;
}

// Where each document begins, without building it.
class document_finder final : public YAML::EventHandler {
public:
    void OnDocumentStart(const YAML::Mark&) override { begins_.reset(); }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& at, YAML::anchor_t) override { note(at); }
    void OnAlias(const YAML::Mark& at, YAML::anchor_t) override { note(at); }
    void OnScalar(const YAML::Mark& at, const std::string&, YAML::anchor_t,
                  const std::string&) override {
        note(at);
    }
    void OnSequenceStart(const YAML::Mark& at, const std::string&, YAML::anchor_t,
                         YAML::EmitterStyle::value) override {
        note(at);
    }
    void OnSequenceEnd() override {}
    void OnMapStart(const YAML::Mark& at, const std::string&, YAML::anchor_t,
                    YAML::EmitterStyle::value) override {
        note(at);
    }
    void OnMapEnd() override {}

    [[nodiscard]] YAML::Mark begins() const { return begins_.value_or(YAML::Mark()); }

private:
    void note(const YAML::Mark& at) {
        if (!begins_) begins_ = at;
    }
    std::optional<YAML::Mark> begins_;
};

// The only document, or null with the error reported. (YAML::LoadAll never returns from some texts:
// before a stray comma its parser sees one empty document after the other.)
YAML::Node only_document(const std::string& text, document_reader& reader) {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    document_finder first;
    document_finder second;
    if (!parser.HandleNextDocument(first)) return {};
    if (parser.HandleNextDocument(second)) {
        const bool stuck = second.begins().pos <= first.begins().pos;
        reader.fail(second.begins(), stuck ? "not valid YAML: nothing can begin here"
                                           : "only one YAML document is allowed in the file");
        if (stuck) return {};
    }
    return YAML::Load(text);
}

}  // namespace

std::vector<load_error> load_record(const std::string& path, const record_target& target,
                                    const variable_lookup& variables) {
    errno = 0;
    std::ifstream stream(path, std::ios::binary);
    std::string text;
    if (stream) {
        text.resize(file_bytes_max + 1);
        stream.read(text.data(), static_cast<std::streamsize>(text.size()));
        text.resize(static_cast<std::size_t>(stream.gcount()));
    }
    if (stream.bad() || !stream.is_open() || (stream.fail() && !stream.eof())) {
        const int reason = errno;
        return {{path, 0, 0, reason != 0 ? std::strerror(reason) : "cannot be read"}};
    }
    return parse_record(text, path, target, variables);
}

std::vector<load_error> parse_record(std::string_view text, const std::string& file,
                                     const record_target& target,
                                     const variable_lookup& variables) {
    if (text.size() > file_bytes_max) return {{file, 0, 0, "longer than 1 MiB"}};
    if (const auto at = control_character(text)) {
        return {{file, at->line, at->column, "control characters are not allowed"}};
    }
    const variable_references references(text);
    document_reader reader(references, variables, file);
    try {
        reader.read(only_document(references.masked_text(), reader), target.fields, target.record);
        if (target.check) target.check(reader);
    } catch (const YAML::Exception& error) {
        reader.fail(error.mark, "not valid YAML: " + references.unmask(error.msg));
    }
    return reader.take_errors();
}

}  // namespace pgfold::config
