#include "config/loader.hpp"

#include <yaml-cpp/yaml.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

#include "config/cross_checks.hpp"
#include "config/document_reader.hpp"
#include "config/variables.hpp"

namespace pgfold::config {
namespace {

constexpr std::size_t file_bytes_max = 1 << 20;

load_result failure(const std::string& file, position at, std::string message) {
    load_result result;
    result.errors.push_back({file, at.line, at.column, std::move(message)});
    return result;
}

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

}  // namespace

std::string load_error::to_string() const {
    if (line == 0) return file + ": " + message;
    return file + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " + message;
}

std::optional<std::string> environment_variable(const std::string& name) {
    const char* const value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return value;
}

load_result load(const std::string& path, const variable_lookup& variables) {
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
        return failure(path, {}, reason != 0 ? std::strerror(reason) : "cannot be read");
    }
    return parse(text, path, variables);
}

load_result parse(std::string_view text, const std::string& file,
                  const variable_lookup& variables) {
    if (text.size() > file_bytes_max) return failure(file, {}, "longer than 1 MiB");
    if (const auto at = control_character(text)) {
        return failure(file, *at, "control characters are not allowed");
    }
    const variable_references references(text);
    document_reader reader(references, variables, file);
    load_result result;
    settings values;
    try {
        const std::vector<YAML::Node> documents = YAML::LoadAll(references.masked_text());
        if (!documents.empty()) {
            reader.read(documents.front(), values);
            check_combinations(values, reader);
        }
        if (documents.size() > 1) {
            reader.fail(documents[1].Mark(), "only one YAML document is allowed in the file");
        }
    } catch (const YAML::Exception& error) {
        reader.fail(error.mark, "not valid YAML: " + references.unmask(error.msg));
    }
    result.errors = reader.take_errors();
    if (result.errors.empty()) result.value = std::move(values);
    return result;
}

}  // namespace pgfold::config
