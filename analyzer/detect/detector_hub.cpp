#include "analyzer/detect/connection_detector.hpp"
#include "analyzer/detect/detector.hpp"
#include "analyzer/detect/hub_implementation.hpp"
#include "analyzer/detect/suggestion.hpp"

namespace pgfold::detect {

std::shared_ptr<const detector_settings> detector_hub::implementation::current_settings() const {
    const std::lock_guard lock(mutex);
    return settings;
}

void detector_hub::implementation::publish(loop_report report) {
    if (report.lookups == 0) return;
    auto created = findings.add(report, *current_settings());
    if (created && created->suppressed_because.empty()) {
        created->advice = suggest(*created);
        findings.advise(*created, created->advice);
        if (new_finding) new_finding(*created);
    }
    if (attributed) {
        for (const auto& a : report.attributions)
            attributed(a);
    }
}

std::shared_ptr<sibling_pool> detector_hub::implementation::pool(const session_identity& who) {
    std::string key;
    for (const std::string* part :
         {&who.database, &who.user, &who.application_name, &who.client_host}) {
        key += *part;
        key.push_back('\0');
    }
    const std::lock_guard lock(mutex);
    auto& slot = pools[key];
    auto pool = slot.lock();
    if (!pool) {
        pool = std::make_shared<sibling_pool>();
        slot = pool;
        // Pools come and go with their clients: forget those that are gone.
        std::erase_if(pools, [](const auto& entry) { return entry.second.expired(); });
    }
    return pool;
}

detector_hub::detector_hub(detector_settings settings)
    : implementation_(std::make_shared<implementation>(std::move(settings))) {}

detector_hub::~detector_hub() = default;

std::vector<finding> detector_hub::findings() const {
    return implementation_->findings.snapshot();
}

void detector_hub::clear_findings() {
    implementation_->findings.clear();
}

void detector_hub::update_settings(detector_settings settings) {
    {
        const std::lock_guard lock(implementation_->mutex);
        implementation_->settings = std::make_shared<const detector_settings>(std::move(settings));
    }
    implementation_->settings_version.fetch_add(1, std::memory_order_release);
}

void detector_hub::use_foreign_keys(std::shared_ptr<const foreign_keys> catalog) {
    {
        const std::lock_guard lock(implementation_->mutex);
        implementation_->catalog = std::move(catalog);
    }
    implementation_->settings_version.fetch_add(1, std::memory_order_release);
}

void detector_hub::on_new_finding(std::function<void(const finding&)> callback) {
    implementation_->new_finding = std::move(callback);
}

void detector_hub::on_attribution(std::function<void(const attribution&)> callback) {
    implementation_->attributed = std::move(callback);
}

detector_hub::totals detector_hub::counts() const {
    return implementation_->findings.counts();
}

std::unique_ptr<connection_detector> detector_hub::connect_detector() {
    return std::make_unique<connection_detector>(implementation_);
}

std::unique_ptr<conversation_observer> detector_hub::connect() {
    return connect_detector();
}

}  // namespace pgfold::detect
