// What the connections of one process (or of one capture) share.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "analyzer/detect/detector.hpp"
#include "analyzer/detect/finding_table.hpp"
#include "analyzer/detect/foreign_keys.hpp"
#include "analyzer/detect/sibling_pool.hpp"

namespace pgfold::detect {

struct detector_hub::implementation {
    explicit implementation(detector_settings s)
        : settings(std::make_shared<const detector_settings>(std::move(s))) {}

    [[nodiscard]] std::shared_ptr<const detector_settings> current_settings() const;
    void publish(loop_report report);
    [[nodiscard]] std::shared_ptr<sibling_pool> pool(const session_identity& who);

    mutable std::mutex mutex;  // of settings, keys and pools
    std::shared_ptr<const detector_settings> settings;
    std::shared_ptr<const foreign_keys> catalog;
    std::unordered_map<std::string, std::weak_ptr<sibling_pool>> pools;
    std::atomic<std::uint32_t> settings_version{0};
    finding_table findings;
    std::function<void(const finding&)> new_finding;
    std::function<void(const attribution&)> attributed;
};

}  // namespace pgfold::detect
