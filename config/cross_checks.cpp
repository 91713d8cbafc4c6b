#include "config/cross_checks.hpp"

#include <string>

#include "config/document_reader.hpp"
#include "config/listen_address.hpp"

namespace pgfold::config {
namespace {

void check_tls(const settings& values, document_reader& reader) {
    const position mode = reader.where("tls.mode");
    // A key that was given but refused has had its own error; it is not missing.
    const auto missing = [&](const std::string& value, std::string_view path) {
        return value.empty() && reader.where(path).line == 0;
    };
    const bool no_cert = missing(values.tls.cert, "tls.cert");
    const bool no_key = missing(values.tls.key, "tls.key");
    if (values.tls.mode != tls_mode::disable) {
        const std::string name = values.tls.mode == tls_mode::allow ? "allow" : "require";
        if (no_cert) reader.fail(mode, "tls.mode " + name + " needs tls.cert");
        if (no_key) reader.fail(mode, "tls.mode " + name + " needs tls.key");
        return;
    }
    if (no_key && !no_cert) reader.fail(reader.where("tls.cert"), "tls.cert needs tls.key");
    if (no_cert && !no_key) reader.fail(reader.where("tls.key"), "tls.key needs tls.cert");
    if (!values.tls.client_ca.empty()) {
        reader.fail(reader.where("tls.client_ca"), "tls.client_ca needs tls.mode allow or require");
    }
}

void check_listen(const settings& values, document_reader& reader) {
    const listen_address admin = parse_listen_address(values.admin.listen).value;
    if (admin.port == 0) return;
    for (const std::string& text : values.listen) {
        if (parse_listen_address(text).value != admin) continue;
        const position at = reader.where("admin.listen");
        reader.fail(at.line != 0 ? at : reader.where("listen"),
                    "listen and admin.listen are both " + text);
    }
}

void check_suppressions(const settings& values, document_reader& reader) {
    for (std::size_t i = 0; i < values.suppress.size(); ++i) {
        const suppress_rule& rule = values.suppress[i];
        const std::string path = "suppress[" + std::to_string(i) + "]";
        const auto given = [&](const std::string& value, std::string_view key) {
            return !value.empty() || reader.where(path + "." + std::string(key)).line != 0;
        };
        if (!given(rule.route, "route") && !given(rule.fingerprint, "fingerprint") &&
            !given(rule.table, "table") && !given(rule.tag, "tag") &&
            !given(rule.class_name, "class")) {
            reader.fail(reader.where(path),
                        "a rule needs at least one of route, fingerprint, table, tag, class");
        }
        if (!given(rule.reason, "reason")) {
            reader.fail(reader.where(path), "a rule needs a reason, which is shown to users");
        }
    }
}

void check_exclusions(const settings& values, document_reader& reader) {
    for (std::size_t i = 0; i < values.batch.exclude.size(); ++i) {
        const std::string path = "batch.exclude[" + std::to_string(i) + "]";
        bool given = false;
        for (const char* key : {"table", "fingerprint", "role", "database", "application_name"})
            given = given || reader.where(path + "." + key).line != 0;
        if (!given)
            reader.fail(reader.where(path),
                        "a rule needs at least one of table, fingerprint, role, database, "
                        "application_name");
    }
}

}  // namespace

void check_combinations(const settings& values, document_reader& reader) {
    check_tls(values, reader);
    check_listen(values, reader);
    check_suppressions(values, reader);
    check_exclusions(values, reader);
}

}  // namespace pgfold::config
