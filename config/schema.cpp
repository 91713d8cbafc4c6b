#include "config/schema.hpp"

#include <algorithm>
#include <array>
#include <type_traits>

#include "config/alert_condition.hpp"
#include "config/conninfo.hpp"
#include "config/redis_url.hpp"
#include "config/units.hpp"

namespace pgfold::config {
namespace {

using namespace std::chrono_literals;

template <class Pointer>
struct class_of;
template <class Class, class Value>
struct class_of<Value Class::*> {
    using type = Class;
};

template <class Record>
Record& follow(Record& record) {
    return record;
}
template <class Record, class First, class... Rest>
auto& follow(Record& record, First first, Rest... rest) {
    return follow(record.*first, rest...);
}

// at<&settings::admin, &admin_settings::token> is the accessor of settings.admin.token.
template <auto First, auto... Rest>
auto& at(void* record) {
    using record_type = typename class_of<decltype(First)>::type;
    return follow(*static_cast<record_type*>(record), First, Rest...);
}

template <auto... Path>
choice_type choice(std::span<const std::string_view> names) {
    return {
        names,
        [](const void* record) {
            return static_cast<std::size_t>(at<Path...>(const_cast<void*>(record)));
        },
        [](void* record, std::size_t index) {
            auto& value = at<Path...>(record);
            value = static_cast<std::remove_reference_t<decltype(value)>>(index);
        },
    };
}

// In the order of the enums in config.hpp.
constexpr std::array<std::string_view, 3> tls_modes = {"disable", "allow", "require"};
constexpr std::array<std::string_view, 5> log_levels = {"trace", "debug", "info", "warning",
                                                        "error"};
constexpr std::array<std::string_view, 2> log_formats = {"text", "json"};
constexpr std::array<std::string_view, 3> batch_modes = {"off", "observe", "on"};
constexpr std::array<std::string_view, 3> batch_strategies = {"auto", "pipeline", "fold"};
constexpr std::array<std::string_view, 2> redact_modes = {"none", "values"};
constexpr std::array<std::string_view, 2> out_of_band_modes = {"ttl", "cdc"};
constexpr std::array<std::string_view, 2> comments_modes = {"keep", "strip"};

std::string fingerprint_problem(const std::string& value) {
    const bool valid = value.size() == 16 && std::all_of(value.begin(), value.end(), [](char c) {
                           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
                       });
    return valid ? "" : "a fingerprint is 16 lower-case hex digits";
}

std::string class_problem(const std::string& value) {
    constexpr std::array<std::string_view, 4> classes = {"n_plus_one", "suspected", "duplicate",
                                                         "write_loop"};
    const bool valid = std::find(classes.begin(), classes.end(), value) != classes.end();
    return valid ? "" : "class is one of n_plus_one, suspected, duplicate, write_loop";
}

std::string tag_problem(const std::string& value) {
    return value.empty() || value.front() == '=' ? "a tag is written key or key=value" : "";
}

// So that it need not be quoted anywhere.
std::string publication_problem(const std::string& value) {
    const bool valid = !value.empty() && value.size() <= 63 &&
                       !(value[0] >= '0' && value[0] <= '9') &&
                       std::all_of(value.begin(), value.end(), [](char c) {
                           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
                       });
    return valid ? "" : "a publication is named in lower-case letters, digits and underscores";
}

std::string token_problem(const std::string& value) {
    const bool valid =
        std::all_of(value.begin(), value.end(), [](char c) { return c > ' ' && c < '\x7f'; });
    return valid ? "" : "the token may hold only printable ASCII characters without spaces";
}

std::string name_problem(const std::string& value) {
    const bool valid = value.size() <= 60 && std::all_of(value.begin(), value.end(), [](char c) {
                           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                  (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
                       });
    return valid ? "" : "a name is made of at most 60 letters, digits, dots, dashes, underscores";
}

std::string condition_problem(const std::string& value) {
    return parse_alert_condition(value).error;
}

std::size_t condition_problem_at(const std::string& value) {
    return parse_alert_condition(value).at;
}

std::string http_problem(const std::string& value) {
    const bool valid = value.starts_with("https://") || value.starts_with("http://");
    return valid ? "" : "the URL begins with https:// or http://";
}

std::string smtp_problem(const std::string& value) {
    const bool valid = value.starts_with("smtp://") || value.starts_with("smtps://");
    return valid ? "" : "the mail server is written smtp://HOST:PORT or smtps://HOST:PORT";
}

std::string mail_problem(const std::string& value) {
    const bool valid =
        value.find('@') != std::string::npos && value.find_first_of(" <>\"") == std::string::npos;
    return valid ? "" : "an address is written name@host; several with commas";
}

std::string redis_problem(const std::string& value) {
    return value.empty() ? "" : parse_redis_url(value).error;
}

std::string masked_token(const std::string& value) {
    return value.empty() ? "" : "***";
}

constexpr std::uint32_t threads_max = 256;
constexpr std::uint32_t connections_max = 1'000'000;

const std::array<field, 2> admin_fields = {{
    {"listen", address_type{at<&settings::admin, &admin_settings::listen>},
     "Where the admin HTTP server listens: host:port or [v6]:port.", takes_effect::on_restart},
    {"token", text_type{at<&settings::admin, &admin_settings::token>, token_problem, masked_token},
     "Bearer token that allows POST requests from other hosts; empty: only loopback may."},
}};

const std::array<field, 4> tls_fields = {{
    {"mode", choice<&settings::tls, &tls_settings::mode>(tls_modes),
     "TLS towards clients: disable, allow (the client chooses) or require."},
    {"cert", file_type{at<&settings::tls, &tls_settings::cert>},
     "Certificate chain in PEM form, pgfold's own first."},
    {"key", file_type{at<&settings::tls, &tls_settings::key>},
     "Private key of the certificate in PEM form."},
    {"client_ca", file_type{at<&settings::tls, &tls_settings::client_ca>},
     "Certificate authorities of which every TLS client must present a certificate."},
}};

const std::array<field, 4> detect_fields = {{
    {"enabled", boolean_type{at<&settings::detect, &detect_settings::enabled>},
     "Whether statements are analyzed at all; false only forwards.", takes_effect::on_restart},
    {"min_lookups",
     integer_type{at<&settings::detect, &detect_settings::min_lookups>, 2, 1'000'000},
     "How many lookups make a loop a finding."},
    {"idle_gap", duration_type{at<&settings::detect, &detect_settings::idle_gap>, 1ms, 1h},
     "Outside a transaction, a pause longer than this ends the window in which a loop is looked "
     "for."},
    {"slow_query", duration_type{at<&settings::detect, &detect_settings::slow_query>, 0ms, 24h},
     "Statements that take longer are logged; 0 logs none."},
}};

const std::array<field, 5> exclude_fields = {{
    {"table", text_type{at<&batch_exclusion::table>},
     "Glob pattern that a table which the lookup reads must match."},
    {"fingerprint", text_type{at<&batch_exclusion::fingerprint>, fingerprint_problem},
     "Fingerprint of the lookup."},
    {"role", text_type{at<&batch_exclusion::role>},
     "Glob pattern that the role must match that the client logged in as."},
    {"database", text_type{at<&batch_exclusion::database>},
     "Glob pattern that the database must match."},
    {"application_name", text_type{at<&batch_exclusion::application_name>},
     "Glob pattern that the client's application_name must match."},
}};

constexpr std::size_t exclude_max = 1000;

const std::array<field, 8> batch_fields = {{
    {"mode", choice<&settings::batch, &batch_settings::mode>(batch_modes),
     "on answers loops from batches; observe only says what it would have saved; off does "
     "neither."},
    {"strategy", choice<&settings::batch, &batch_settings::strategy>(batch_strategies),
     "pipeline sends the lookups as they are, together; fold makes one statement of them; auto "
     "chooses by what is cheaper for the server."},
    {"trigger", integer_type{at<&settings::batch, &batch_settings::trigger>, 2, 1000},
     "Which lookup of a loop that is not known yet brings the first batch."},
    {"max_keys", integer_type{at<&settings::batch, &batch_settings::max_keys>, 1, 100'000},
     "Keys of one batch."},
    {"max_bytes",
     byte_size_type{at<&settings::batch, &batch_settings::max_bytes>, 4096, 1ULL << 32},
     "Fetched rows that are kept for one client connection."},
    {"max_age", duration_type{at<&settings::batch, &batch_settings::max_age>, 1ms, 1h},
     "How old an answer may be when it is given; bounds what writers beside pgfold can make "
     "stale."},
    {"state_file", file_type{at<&settings::batch, &batch_settings::state_file>, false},
     "File in which what has been learned about loops survives a restart; empty: nowhere.",
     takes_effect::on_restart},
    {"exclude",
     record_list_type{
         exclude_fields,
         [](void* record) -> void* {
             return &at<&settings::batch, &batch_settings::exclude>(record).emplace_back();
         },
         [](void* record, std::size_t index) -> void* {
             auto& rules = at<&settings::batch, &batch_settings::exclude>(record);
             return index < rules.size() ? &rules[index] : nullptr;
         },
         [](void* record) { at<&settings::batch, &batch_settings::exclude>(record).clear(); },
         exclude_max, "a rule"},
     "Lookups that are never batched; all that a rule names must match."},
}};

const std::array<field, 3> capture_fields = {{
    {"file", file_type{at<&settings::capture, &capture_settings::file>, false},
     "File that the traffic is written to, as pcapng; empty: none.", takes_effect::on_restart},
    {"redact", choice<&settings::capture, &capture_settings::redact>(redact_modes),
     "values replaces parameters, literals and results by pseudonyms; none writes them as they "
     "are. Passwords are never written.",
     takes_effect::on_restart},
    {"max_size",
     byte_size_type{at<&settings::capture, &capture_settings::max_size>, 1 << 20, 1ULL << 50},
     "A file that has grown to this is renamed to end in .1, in place of an older one.",
     takes_effect::on_restart},
}};

const std::array<field, 3> freshness_fields = {{
    {"out_of_band",
     choice<&settings::freshness, &freshness_settings::out_of_band>(out_of_band_modes),
     "How writers beside pgfold are allowed for: ttl bounds the age of answers, cdc follows their "
     "changes by logical replication.",
     takes_effect::on_restart},
    {"max_lag", duration_type{at<&settings::freshness, &freshness_settings::max_lag>, 100ms, 1h},
     "With cdc, how far behind the server an answer may be; later than that nothing is answered "
     "locally."},
    {"publication",
     text_type{at<&settings::freshness, &freshness_settings::publication>, publication_problem},
     "With cdc, the publication that names the tables; made where there is none."},
}};

constexpr std::size_t cache_tables_max = 1000;
constexpr std::size_t cache_rules_max = 1000;

const std::array<field, 6> cache_rule_fields = {{
    {"tables", text_list_type{at<&cache_rule::tables>, cache_tables_max, "a pattern"},
     "Glob patterns; each table that the statement reads must match one."},
    {"schema", text_type{at<&cache_rule::schema>},
     "Glob pattern that the schema of each table must match."},
    {"fingerprint", text_type{at<&cache_rule::fingerprint>, fingerprint_problem},
     "Fingerprint of the statement."},
    {"pattern", text_type{at<&cache_rule::pattern>},
     "Glob pattern that the normalized statement must match."},
    {"ttl", duration_type{at<&cache_rule::ttl>, 1ms, 24h},
     "How old an answer may be when it is given; bounds what writers beside pgfold can make "
     "stale."},
    {"max_entry", byte_size_type{at<&cache_rule::max_entry>, 0, 1ULL << 30},
     "Largest answer that is kept; 0: as cache.max_entry says."},
}};

const std::array<field, 3> cache_auto_fields = {{
    {"enabled",
     boolean_type{at<&settings::cache, &cache_settings::automatic, &cache_auto_settings::enabled>},
     "Whether tables that are seldom written are cached without a rule."},
    {"max_writes_per_hour",
     integer_type{at<&settings::cache, &cache_settings::automatic,
                     &cache_auto_settings::max_writes_per_hour>,
                  1, 1'000'000},
     "How often a table may be written and still count as one of these."},
    {"ttl",
     duration_type{at<&settings::cache, &cache_settings::automatic, &cache_auto_settings::ttl>, 1ms,
                   24h},
     "How old such an answer may be when it is given."},
}};

const std::array<field, 5> cache_fields = {{
    {"memory", byte_size_type{at<&settings::cache, &cache_settings::memory>, 0, 1ULL << 40},
     "Bound of all answers together; 0 switches the cache off."},
    {"max_entry", byte_size_type{at<&settings::cache, &cache_settings::max_entry>, 0, 1ULL << 30},
     "Largest answer that is kept."},
    {"rules",
     record_list_type{
         cache_rule_fields,
         [](void* record) -> void* {
             return &at<&settings::cache, &cache_settings::rules>(record).emplace_back();
         },
         [](void* record, std::size_t index) -> void* {
             auto& rules = at<&settings::cache, &cache_settings::rules>(record);
             return index < rules.size() ? &rules[index] : nullptr;
         },
         [](void* record) { at<&settings::cache, &cache_settings::rules>(record).clear(); },
         cache_rules_max, "a rule"},
     "What is cached; all that a rule names must match, and the first that does counts."},
    {"auto", section_type{cache_auto_fields}, "Caching of tables that are seldom written."},
    {"shared",
     text_type{at<&settings::cache, &cache_settings::shared>, redis_problem, masked_redis_url},
     "Redis or Valkey in which several pgfold processes share answers, as "
     "redis://:PASSWORD@HOST:PORT/0.",
     takes_effect::on_restart},
}};

const std::array<field, 5> limits_fields = {{
    {"client_connections",
     integer_type{at<&settings::limits, &limit_settings::client_connections>, 1, connections_max},
     "Client connections at the same time; one more is refused with SQLSTATE 53300."},
    {"startup_timeout",
     duration_type{at<&settings::limits, &limit_settings::startup_timeout>, 100ms, 1h},
     "How long a client may take from connecting to the end of its startup packet."},
    {"connect_timeout",
     duration_type{at<&settings::limits, &limit_settings::connect_timeout>, 100ms, 1h},
     "How long connecting to one upstream host may take."},
    {"drain_grace", duration_type{at<&settings::limits, &limit_settings::drain_grace>, 0ms, 24h},
     "How long after SIGTERM sessions go on as if nothing were, so that clients leave by "
     "themselves."},
    {"drain_timeout",
     duration_type{at<&settings::limits, &limit_settings::drain_timeout>, 0ms, 24h},
     "How long sessions may then go on until their transaction ends; what is left is ended."},
}};

const std::array<field, 2> log_fields = {{
    {"level", choice<&settings::log, &log_settings::level>(log_levels),
     "Least severe level that is logged: trace, debug, info, warning or error."},
    {"format", choice<&settings::log, &log_settings::format>(log_formats),
     "One line per event, as text or as a JSON object.", takes_effect::on_restart},
}};

const std::array<field, 6> suppress_fields = {{
    {"route", text_type{at<&suppress_rule::route>},
     "Glob pattern that the route tag must match, such as /admin/*."},
    {"fingerprint", text_type{at<&suppress_rule::fingerprint>, fingerprint_problem},
     "Fingerprint of the statement."},
    {"table", text_type{at<&suppress_rule::table>},
     "Glob pattern that a table of the statement must match."},
    {"tag", text_type{at<&suppress_rule::tag>, tag_problem},
     "A sqlcommenter tag, key or key=value, that the statement must carry."},
    {"class", text_type{at<&suppress_rule::class_name>, class_problem},
     "Class of the finding; without it, every class."},
    {"reason", text_type{at<&suppress_rule::reason>},
     "Why; shown with every finding that the rule suppresses."},
}};

constexpr std::array<std::string_view, 3> starttls_modes = {"require", "allow", "off"};
constexpr std::size_t alerts_max = 200;
constexpr std::size_t receivers_max = 20;

const std::array<field, 4> alert_fields = {{
    {"name", text_type{at<&alert_rule::name>, name_problem}, "What the alert is called."},
    {"when", text_type{at<&alert_rule::when>, condition_problem, nullptr, condition_problem_at},
     "Condition, such as n_plus_one_lookups > 100 in 5m."},
    {"notify", text_list_type{at<&alert_rule::notify>, receivers_max, "a receiver"},
     "Names of those in `notify` who are told; none: it is only shown."},
    {"repeat", duration_type{at<&alert_rule::repeat>, 1s, 24h * 30},
     "How often they are told again while it goes on."},
}};

const std::array<field, 11> receiver_fields = {{
    {"slack", text_type{at<&notify_receiver::slack>, http_problem, masked_token},
     "URL of an incoming webhook of Slack, or of what understands the same."},
    {"webhook", text_type{at<&notify_receiver::webhook>, http_problem, masked_token},
     "URL that gets a JSON document."},
    {"secret", text_type{at<&notify_receiver::secret>, nullptr, masked_token},
     "Key that signs it: X-Pgfold-Signature holds sha256= and the HMAC of the body."},
    {"email", text_type{at<&notify_receiver::email>, mail_problem},
     "Address that gets a mail; several with commas."},
    {"from", text_type{at<&notify_receiver::from>, mail_problem}, "Address that the mail is from."},
    {"smtp", text_type{at<&notify_receiver::smtp>, smtp_problem},
     "Mail server: smtp://HOST:PORT, or smtps:// where it speaks TLS from the start."},
    {"username", text_type{at<&notify_receiver::username>}, "User at the mail server."},
    {"password", text_type{at<&notify_receiver::password>, nullptr, masked_token},
     "Password at the mail server."},
    {"starttls", choice<&notify_receiver::starttls>(starttls_modes),
     "Whether smtp:// must, may or does not change to TLS: require, allow or off."},
    {"ca", file_type{at<&notify_receiver::ca>},
     "Certificate authorities in PEM form, instead of the system's."},
    {"group_wait", duration_type{at<&notify_receiver::group_wait>, 0ms, 1h},
     "How long to wait for what else happens, so that it is told in one message."},
}};

constexpr std::size_t listen_max = 64;
constexpr std::size_t suppress_max = 1000;

const std::array<field, 18> root_fields = {{
    {"listen", address_list_type{at<&settings::listen>, listen_max},
     "Where clients connect: host:port, [v6]:port or unix:/path; one, or a list.",
     takes_effect::on_restart},
    {"admin", section_type{admin_fields}, "The admin HTTP server."},
    {"upstream", text_type{at<&settings::upstream>, conninfo_problem, masked_conninfo},
     "PostgreSQL, as a libpq URL or key=value; without it $DATABASE_URL, then libpq's PG* "
     "variables."},
    {"tls", section_type{tls_fields}, "TLS towards clients."},
    {"threads", integer_type{at<&settings::threads>, 1, threads_max, "auto"},
     "Worker threads; auto is one per two cores.", takes_effect::on_restart},
    {"reuse_port", boolean_type{at<&settings::reuse_port>},
     "Whether another pgfold of the same user may listen on the same addresses: a new version "
     "begins while the old one drains.",
     takes_effect::on_restart},
    {"detect", section_type{detect_fields}, "Detection of N+1 loops."},
    {"batch", section_type{batch_fields}, "Batching of N+1 loops."},
    {"capture", section_type{capture_fields}, "Recording of the traffic."},
    {"freshness", section_type{freshness_fields}, "What is known of writers that bypass pgfold."},
    {"cache", section_type{cache_fields}, "Answers kept for all clients."},
    {"limits", section_type{limits_fields}, "Bounds that protect pgfold and PostgreSQL."},
    {"log", section_type{log_fields}, "Logging, to stderr."},
    {"comments", choice<&settings::comments>(comments_modes),
     "keep forwards the client's text as it is; strip leaves sqlcommenter comments out, so that "
     "one prepared plan serves."},
    {"suppress",
     record_list_type{
         suppress_fields,
         [](void* record) -> void* { return &at<&settings::suppress>(record).emplace_back(); },
         [](void* record, std::size_t index) -> void* {
             auto& rules = at<&settings::suppress>(record);
             return index < rules.size() ? &rules[index] : nullptr;
         },
         [](void* record) { at<&settings::suppress>(record).clear(); }, suppress_max, "a rule"},
     "Findings that are known and not to be reported; all that a rule names must match."},
    {"alerts",
     record_list_type{
         alert_fields,
         [](void* record) -> void* { return &at<&settings::alerts>(record).emplace_back(); },
         [](void* record, std::size_t index) -> void* {
             auto& rules = at<&settings::alerts>(record);
             return index < rules.size() ? &rules[index] : nullptr;
         },
         [](void* record) { at<&settings::alerts>(record).clear(); }, alerts_max, "an alert"},
     "What to tell somebody about."},
    {"alerts_state_file", file_type{at<&settings::alerts_state_file>, false},
     "File in which what alerts know of findings and requests survives a restart; empty: nowhere.",
     takes_effect::on_restart},
    {"notify",
     record_list_type{
         receiver_fields,
         [](void* record) -> void* { return &at<&settings::notify>(record).emplace_back(); },
         [](void* record, std::size_t index) -> void* {
             auto& receivers = at<&settings::notify>(record);
             return index < receivers.size() ? &receivers[index] : nullptr;
         },
         [](void* record) { at<&settings::notify>(record).clear(); }, receivers_max, "a receiver",
         at<&notify_receiver::name>},
     "Who is told of alerts, by name; each has one of slack, webhook and email."},
}};

template <class... Functions>
struct overloaded : Functions... {
    using Functions::operator()...;
};
template <class... Functions>
overloaded(Functions...) -> overloaded<Functions...>;  // clang 14 deduces no aggregates

std::string joined(std::span<const std::string_view> names) {
    std::string result;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i != 0) result += i + 1 == names.size() ? " or " : ", ";
        result += names[i];
    }
    return result;
}

}  // namespace

std::span<const field> schema() {
    return root_fields;
}

std::string expectation(const field_type& type) {
    return std::visit(
        overloaded{
            [](const text_type&) -> std::string { return "a string"; },
            [](const file_type&) -> std::string { return "the path of a file"; },
            [](const address_type& t) -> std::string {
                return t.unix_allowed ? "host:port, [v6]:port or unix:/path"
                                      : "host:port or [v6]:port";
            },
            [](const address_list_type&) -> std::string {
                return "host:port, [v6]:port or unix:/path, or a list of these";
            },
            [](const integer_type& t) {
                std::string result =
                    "a whole number from " + std::to_string(t.min) + " to " + std::to_string(t.max);
                if (!t.word_for_zero.empty())
                    result = std::string(t.word_for_zero) + " or " + result;
                return result;
            },
            [](const duration_type& t) {
                return "a duration from " + to_string(t.min) + " to " + to_string(t.max) +
                       ", such as 250ms, 10s, 5m or 1h";
            },
            [](const byte_size_type& t) {
                return "a size from " + to_string(byte_size{t.min}) + " to " +
                       to_string(byte_size{t.max}) + ", such as 512KiB or 16MiB";
            },
            [](const boolean_type&) -> std::string { return "true or false"; },
            [](const choice_type& t) { return joined(t.names); },
            [](const section_type&) -> std::string { return "a mapping"; },
            [](const text_list_type& t) { return std::string(t.noun) + ", or a list of them"; },
            [](const record_list_type& t) {
                if (t.name != nullptr) return "a mapping of names, each to " + std::string(t.noun);
                return "a list in which each item is " + std::string(t.noun);
            },
        },
        type);
}

std::string spell(const field_type& type, const void* const_record) {
    void* const record = const_cast<void*>(const_record);  // accessors are shared with the loader
    return std::visit(
        overloaded{
            [&](const text_type& t) { return t.value(record); },
            [&](const file_type& t) { return t.value(record); },
            [&](const address_type& t) { return t.value(record); },
            [&](const address_list_type& t) {
                std::string result;
                for (const std::string& address : t.value(record)) {
                    if (!result.empty()) result += ", ";
                    result += address;
                }
                return result;
            },
            [&](const text_list_type& t) {
                std::string result;
                for (const std::string& text : t.value(record))
                    result += (result.empty() ? "" : ", ") + text;
                return result;
            },
            [&](const integer_type& t) {
                const std::uint32_t value = t.value(record);
                return value == 0 && !t.word_for_zero.empty() ? std::string(t.word_for_zero)
                                                              : std::to_string(value);
            },
            [&](const duration_type& t) { return to_string(t.value(record)); },
            [&](const byte_size_type& t) { return to_string(byte_size{t.value(record)}); },
            [&](const boolean_type& t) -> std::string {
                return t.value(record) ? "true" : "false";
            },
            [&](const choice_type& t) { return std::string(t.names[t.get(record)]); },
            [](const section_type&) { return std::string(); },
            [](const record_list_type&) { return std::string(); },
        },
        type);
}

std::string spell_masked(const field_type& type, const void* record) {
    const auto* text = std::get_if<text_type>(&type);
    return text && text->mask ? text->mask(spell(type, record)) : spell(type, record);
}

}  // namespace pgfold::config
