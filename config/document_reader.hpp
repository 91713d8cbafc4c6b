// Reads a parsed YAML document by the schema. Goes on after an error, so that all are reported.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "config/loader.hpp"
#include "config/schema.hpp"
#include "config/value_setter.hpp"
#include "config/variables.hpp"

namespace YAML {
class Node;
struct Mark;
}  // namespace YAML

namespace pgfold::config {

class document_reader {
public:
    document_reader(const variable_references& references, const variable_lookup& variables,
                    std::string file);

    // `root` is the document, or null for an empty one. `record` is what the fields' accessors
    // take.
    void read(const YAML::Node& root, std::span<const field> fields, void* record);

    void fail(const YAML::Mark& mark, std::string message);
    // Where a key that was read stands, by its path: "tls.cert". Line 0 when it was not given.
    [[nodiscard]] position where(std::string_view path) const;
    void fail(position at, std::string message);
    [[nodiscard]] std::vector<load_error> take_errors();  // in file order
    // What ${file:…} named so far.
    [[nodiscard]] const std::vector<std::string>& files() const { return files_; }

private:
    void read_fields(const YAML::Node& map, std::span<const field> fields, const std::string& path,
                     void* record);
    void read_value(const YAML::Node& node, const field& key, const std::string& path,
                    void* record);
    void read_records(const YAML::Node& node, const record_list_type& type, const std::string& path,
                      void* record);
    void read_addresses(const YAML::Node& node, const address_list_type& type, void* record);
    void read_texts(const YAML::Node& node, const text_list_type& type, void* record);
    void read_named_records(const YAML::Node& node, const record_list_type& type,
                            const std::string& path, void* record);
    // Says what is wrong and gives nothing unless `node` is a scalar whose references expand.
    [[nodiscard]] std::optional<value_text> read_scalar(const YAML::Node& node,
                                                        const field_type& type);
    // `key` among the keys of the other sections: "detect.min_lookups".
    [[nodiscard]] std::string section_with(std::string_view key) const;
    void unknown_key(const YAML::Mark& mark, const std::string& key, const std::string& path,
                     std::span<const field> fields);

    const variable_references& references_;
    const variable_lookup& variables_;
    std::string file_;
    std::span<const field> root_;
    std::map<std::string, position, std::less<>> positions_;
    std::vector<load_error> errors_;
    std::vector<std::string> files_;
};

}  // namespace pgfold::config
