#include "proxy/alerts/transport.hpp"

#include <curl/curl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string_view>

#include "proxy/alerts/alert_message.hpp"

namespace pgfold::alerts {
namespace {

constexpr long connect_timeout_ms = 5'000;
constexpr long total_timeout_ms = 15'000;
constexpr std::size_t host_bytes_max = 255;

struct curl_closer {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using curl_handle = std::unique_ptr<CURL, curl_closer>;
using curl_list = std::unique_ptr<curl_slist, curl_closer>;

void append(curl_list& list, const std::string& line) {
    if (curl_slist* longer = curl_slist_append(list.get(), line.c_str())) {
        static_cast<void>(list.release());
        list.reset(longer);
    }
}

// Before the first handle, and once: other threads run already, but none of them uses curl.
void initialize() {
    static const CURLcode done = curl_global_init(CURL_GLOBAL_DEFAULT);
    static_cast<void>(done);
}

std::string host_name() {
    std::array<char, host_bytes_max + 1> name{};
    if (::gethostname(name.data(), host_bytes_max) != 0 || name[0] == '\0') return "localhost";
    return name.data();
}

std::size_t ignore(const char*, std::size_t size, std::size_t count, void*) {
    return size * count;
}

int stop_when_told(void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<const std::atomic<bool>*>(stop)->load() ? 1 : 0;
}

struct upload {
    std::string_view left;
};

std::size_t read_upload(char* buffer, std::size_t size, std::size_t count, void* data) {
    auto& from = *static_cast<upload*>(data);
    const std::size_t length = std::min(size * count, from.left.size());
    std::memcpy(buffer, from.left.data(), length);
    from.left.remove_prefix(length);
    return length;
}

class request {
public:
    request(const std::string& url, const config::notify_receiver& to,
            const std::atomic<bool>& stop)
        : curl_(curl_easy_init()) {
        set(CURLOPT_URL, url.c_str());
        set(CURLOPT_NOSIGNAL, 1L);
        set(CURLOPT_CONNECTTIMEOUT_MS, connect_timeout_ms);
        set(CURLOPT_TIMEOUT_MS, total_timeout_ms);
        set(CURLOPT_PROTOCOLS_STR, "http,https,smtp,smtps");
        set(CURLOPT_ERRORBUFFER, error_.data());
        set(CURLOPT_WRITEFUNCTION, ignore);
        set(CURLOPT_NOPROGRESS, 0L);
        set(CURLOPT_XFERINFOFUNCTION, stop_when_told);
        set(CURLOPT_XFERINFODATA, const_cast<std::atomic<bool>*>(&stop));
        if (!to.ca.empty()) set(CURLOPT_CAINFO, to.ca.c_str());
    }

    template <class Value>
    void set(CURLoption option, Value value) {
        curl_easy_setopt(curl_.get(), option, value);
    }

    // Empty when the receiver has taken it.
    std::string run() {
        const CURLcode outcome = curl_easy_perform(curl_.get());
        if (outcome != CURLE_OK)
            return error_[0] != '\0' ? error_.data() : curl_easy_strerror(outcome);
        long status = 0;
        curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &status);
        if (status >= 200 && status < 300) return {};
        return "the receiver answered with status " + std::to_string(status);
    }

private:
    curl_handle curl_;
    std::array<char, CURL_ERROR_SIZE> error_{};
};

std::string post(const std::string& url, const std::string& body, const config::notify_receiver& to,
                 const std::atomic<bool>& stop) {
    request call(url, to, stop);
    curl_list headers;
    append(headers, "Content-Type: application/json");
    append(headers, "User-Agent: pgfold");
    if (!to.secret.empty()) append(headers, "X-Pgfold-Signature: " + signature_of(body, to.secret));
    call.set(CURLOPT_HTTPHEADER, headers.get());
    call.set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    call.set(CURLOPT_POSTFIELDS, body.c_str());
    return call.run();
}

std::string send_mail(const std::string& text, const config::notify_receiver& to,
                      const std::atomic<bool>& stop) {
    request call(to.smtp, to, stop);
    curl_list recipients;
    for (std::size_t start = 0; start <= to.email.size();) {
        const std::size_t end = std::min(to.email.find(',', start), to.email.size());
        if (end > start) append(recipients, "<" + to.email.substr(start, end - start) + ">");
        start = end + 1;
    }
    const std::string from = "<" + to.from + ">";
    upload body{text};
    call.set(CURLOPT_MAIL_FROM, from.c_str());
    call.set(CURLOPT_MAIL_RCPT, recipients.get());
    call.set(CURLOPT_READFUNCTION, read_upload);
    call.set(CURLOPT_READDATA, &body);
    call.set(CURLOPT_UPLOAD, 1L);
    const long tls = to.starttls == config::starttls_mode::require ? CURLUSESSL_ALL
                     : to.starttls == config::starttls_mode::allow ? CURLUSESSL_TRY
                                                                   : CURLUSESSL_NONE;
    call.set(CURLOPT_USE_SSL, tls);
    if (!to.username.empty()) {
        call.set(CURLOPT_USERNAME, to.username.c_str());
        call.set(CURLOPT_PASSWORD, to.password.c_str());
    }
    return call.run();
}

}  // namespace

bool is_switched_on(const config::notify_receiver& to) {
    return !to.slack.empty() || !to.webhook.empty() ||
           (!to.email.empty() && !to.smtp.empty() && !to.from.empty());
}

std::string signature_of(const std::string& body, const std::string& key) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int length = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char*>(body.data()), body.size(), digest.data(), &length);
    std::string text = "sha256=";
    for (unsigned int i = 0; i < length; ++i) {
        constexpr std::string_view digits = "0123456789abcdef";
        text += digits[digest[i] >> 4];
        text += digits[digest[i] & 15];
    }
    return text;
}

std::string deliver(const config::notify_receiver& to, const std::vector<alert_event>& events,
                    bool is_test, const std::atomic<bool>& stop) {
    initialize();
    if (!is_switched_on(to)) return "it is switched off: its URL or address is empty";
    const message_origin from{host_name(), to.name, is_test};
    const time_point now = std::chrono::system_clock::now();
    if (!to.slack.empty()) return post(to.slack, slack_json(events, from), to, stop);
    if (!to.webhook.empty()) return post(to.webhook, webhook_json(events, from, now), to, stop);
    return send_mail(mail(events, from, to, now), to, stop);
}

}  // namespace pgfold::alerts
