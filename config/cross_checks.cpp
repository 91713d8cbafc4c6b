#include "config/cross_checks.hpp"

#include <algorithm>
#include <set>
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

// What is empty names nothing, and a rule that names nothing would match everything.
void check_cache_rules(const settings& values, document_reader& reader) {
    for (std::size_t i = 0; i < values.cache.rules.size(); ++i) {
        const cache_rule& rule = values.cache.rules[i];
        const std::string path = "cache.rules[" + std::to_string(i) + "]";
        if (rule.tables.empty() && rule.schema.empty() && rule.fingerprint.empty() &&
            rule.pattern.empty())
            reader.fail(reader.where(path),
                        "a rule needs at least one of tables, schema, fingerprint, pattern");
        else if (rule.tables.empty() && reader.where(path + ".tables").line != 0)
            reader.fail(reader.where(path + ".tables"), "no table is named");
    }
}

void check_alerts(const settings& values, document_reader& reader) {
    std::set<std::string> names;
    for (std::size_t i = 0; i < values.alerts.size(); ++i) {
        const alert_rule& rule = values.alerts[i];
        const std::string path = "alerts[" + std::to_string(i) + "]";
        const auto missing = [&](const std::string& value, const char* key) {
            return value.empty() && reader.where(path + "." + key).line == 0;
        };
        if (missing(rule.name, "name")) reader.fail(reader.where(path), "an alert needs a name");
        if (missing(rule.when, "when"))
            reader.fail(reader.where(path),
                        "an alert needs a condition: when: n_plus_one_lookups > 100 in 5m");
        if (!rule.name.empty() && !names.insert(rule.name).second)
            reader.fail(reader.where(path + ".name"), "two alerts are named " + rule.name);
        for (const std::string& name : rule.notify) {
            const bool known = std::any_of(values.notify.begin(), values.notify.end(),
                                           [&](const auto& one) { return one.name == name; });
            if (!known)
                reader.fail(reader.where(path + ".notify"),
                            "\"notify\" has no receiver named \"" + name + '"');
        }
    }
}

// A receiver whose URL came out empty, as ${SLACK_WEBHOOK_URL:-} may, is switched off.
void check_receivers(const settings& values, document_reader& reader) {
    for (const notify_receiver& one : values.notify) {
        const std::string path = "notify." + one.name;
        int ways = 0;
        for (const char* key : {"slack", "webhook", "email"})
            ways += reader.where(path + "." + key).line != 0 ? 1 : 0;
        if (ways != 1)
            reader.fail(reader.where(path), "a receiver has one of slack, webhook and email");
        if (!one.secret.empty() && reader.where(path + ".webhook").line == 0)
            reader.fail(reader.where(path + ".secret"), "secret goes with webhook");
        const bool mails = reader.where(path + ".email").line != 0;
        if (mails && reader.where(path + ".smtp").line == 0)
            reader.fail(reader.where(path + ".email"), "email needs smtp: smtp://HOST:PORT");
        if (mails && reader.where(path + ".from").line == 0)
            reader.fail(reader.where(path + ".email"), "email needs from, the sender's address");
    }
}

}  // namespace

void check_combinations(const settings& values, document_reader& reader) {
    check_tls(values, reader);
    check_listen(values, reader);
    check_suppressions(values, reader);
    check_exclusions(values, reader);
    check_cache_rules(values, reader);
    check_alerts(values, reader);
    check_receivers(values, reader);
}

}  // namespace pgfold::config
