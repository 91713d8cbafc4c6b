#include "proxy/alerts/alert_service.hpp"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <exception>
#include <mutex>
#include <thread>
#include <tuple>
#include <utility>

#include "proxy/alerts/memory_keeper.hpp"
#include "proxy/alerts/transport.hpp"

namespace pgfold::alerts {
namespace {

constexpr std::chrono::seconds look_interval{1};
constexpr std::chrono::seconds save_interval{30};

auto fields_of(const config::notify_receiver& one) {
    return std::tie(one.name, one.slack, one.webhook, one.secret, one.email, one.from, one.smtp,
                    one.username, one.password, one.starttls, one.ca, one.group_wait);
}

}  // namespace

struct alert_service::implementation {
    explicit implementation(alert_sources given) : sources(std::move(given)) {}

    void run();
    void look();
    void follow(const std::shared_ptr<const config::settings>& next, time_point now);
    void tell(const std::vector<alert_event>& events);
    void save();

    const alert_sources sources;
    std::shared_ptr<const config::settings> settings;  // that the engine and the receivers follow
    alert_engine engine;
    memory_keeper keeper{sources.settings()->alerts_state_file, sources.warn};
    std::chrono::steady_clock::time_point save_at;

    mutable std::mutex mutex;
    std::condition_variable wake;
    bool stop = false;
    std::vector<alert_status> statuses;
    std::vector<std::unique_ptr<receiver_worker>> receivers;
    std::thread thread;
};

// On the thread only, as look() and tell().
void alert_service::implementation::follow(const std::shared_ptr<const config::settings>& next,
                                           time_point now) {
    if (next == settings) return;
    std::vector<std::unique_ptr<receiver_worker>> kept;
    std::vector<std::unique_ptr<receiver_worker>> leaving;
    {
        const std::lock_guard lock(mutex);
        leaving = std::move(receivers);
    }
    for (const config::notify_receiver& wanted : next->notify) {
        const auto known = std::find_if(leaving.begin(), leaving.end(), [&](const auto& one) {
            return one && fields_of(one->receiver()) == fields_of(wanted);
        });
        kept.push_back(known != leaving.end()
                           ? std::move(*known)
                           : std::make_unique<receiver_worker>(wanted, sources.warn));
    }
    {
        const std::lock_guard lock(mutex);
        receivers = std::move(kept);
    }
    settings = next;
    tell(engine.configure(settings->alerts, now));
}

void alert_service::implementation::tell(const std::vector<alert_event>& events) {
    for (const alert_event& event : events) {
        if (sources.info)
            sources.info((event.has_ended ? "alert resolved: " : "alert: ") + event.alert.name);
        for (const auto& receiver : receivers) {
            const auto& names = event.alert.notify;
            if (std::find(names.begin(), names.end(), receiver->receiver().name) != names.end())
                receiver->add(event);
        }
    }
}

void alert_service::implementation::look() {
    const time_point now = std::chrono::system_clock::now();
    follow(sources.settings(), now);
    if (settings->alerts.empty()) {  // what would be computed is for nobody
        const std::lock_guard lock(mutex);
        statuses.clear();
        return;
    }
    observation seen;
    if (sources.metrics) seen.metrics = sources.metrics();
    if (sources.findings) seen.findings = sources.findings();
    if (sources.requests) seen.requests = sources.requests();
    tell(engine.observe(now, seen));
    const std::lock_guard lock(mutex);
    statuses = engine.statuses();
}

void alert_service::implementation::save() {
    save_at = std::chrono::steady_clock::now() + save_interval;
    if (keeper.is_kept()) keeper.save(engine.memory());
}

void alert_service::implementation::run() {
    pthread_setname_np(pthread_self(), "pgfold-alerts");
    if (auto before = keeper.load()) engine.restore(std::move(*before));
    save_at = std::chrono::steady_clock::now() + save_interval;
    std::unique_lock lock(mutex);
    while (!stop) {
        lock.unlock();
        try {
            look();
            if (std::chrono::steady_clock::now() >= save_at) save();
        } catch (const std::exception& problem) {  // costs this look, not the process
            if (sources.warn) sources.warn(std::string("alerts: ") + problem.what());
        }
        lock.lock();
        wake.wait_for(lock, look_interval, [this] { return stop; });
    }
    lock.unlock();
    try {
        look();  // what was found since the last one
        save();
    } catch (const std::exception& problem) {
        if (sources.warn) sources.warn(std::string("alerts: ") + problem.what());
    }
}

alert_service::alert_service(alert_sources sources)
    : implementation_(std::make_unique<implementation>(std::move(sources))) {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    implementation_->thread = std::thread([this] { implementation_->run(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

alert_service::~alert_service() {
    {
        const std::lock_guard lock(implementation_->mutex);
        implementation_->stop = true;
    }
    implementation_->wake.notify_all();
    implementation_->thread.join();
}

std::vector<alert_status> alert_service::alerts() const {
    const std::lock_guard lock(implementation_->mutex);
    return implementation_->statuses;
}

std::vector<receiver_status> alert_service::receivers() const {
    const std::lock_guard lock(implementation_->mutex);
    std::vector<receiver_status> result;
    for (const auto& one : implementation_->receivers)
        result.push_back(one->status());
    return result;
}

test_outcome send_test_alert(const config::settings& settings, const std::string& name) {
    test_outcome result;
    const auto alert = std::find_if(settings.alerts.begin(), settings.alerts.end(),
                                    [&](const auto& one) { return one.name == name; });
    std::vector<std::string> names;
    alert_event event;
    event.started = std::chrono::system_clock::now();
    event.alert.name = name;
    event.alert.when = "a test";
    event.alert.phase = alert_phase::firing;
    if (alert != settings.alerts.end()) {
        names = alert->notify;
        event.alert.when = alert->when;
    } else {
        names = {name};
    }
    const std::atomic<bool> never{false};
    for (const config::notify_receiver& to : settings.notify) {
        if (std::find(names.begin(), names.end(), to.name) == names.end()) continue;
        const std::string error = deliver(to, {event}, true, never);
        result.lines.push_back(to.name + ": " + (error.empty() ? "delivered" : error));
        if (!error.empty()) ++result.failed;
    }
    if (result.lines.empty()) {
        result.lines.push_back(alert != settings.alerts.end()
                                   ? "the alert " + name + " notifies nobody"
                                   : "there is neither an alert nor a receiver named " + name);
        result.failed = 1;
    }
    return result;
}

}  // namespace pgfold::alerts
