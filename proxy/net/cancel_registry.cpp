#include "proxy/net/cancel_registry.hpp"

#include <utility>

namespace pgfold::net {
namespace {

std::string key_of(std::uint32_t process_id, std::span<const std::byte> secret) {
    std::string key(reinterpret_cast<const char*>(&process_id), sizeof process_id);
    key.append(reinterpret_cast<const char*>(secret.data()), secret.size());
    return key;
}

}  // namespace

bool cancel_registry::add(std::uint32_t process_id, std::span<const std::byte> secret,
                          cancel_target target) {
    const std::lock_guard lock(mutex_);
    return targets_.try_emplace(key_of(process_id, secret), std::move(target)).second;
}

void cancel_registry::remove(std::uint32_t process_id, std::span<const std::byte> secret) {
    const std::lock_guard lock(mutex_);
    targets_.erase(key_of(process_id, secret));
}

std::optional<cancel_target> cancel_registry::find(std::uint32_t process_id,
                                                   std::span<const std::byte> secret) const {
    const std::lock_guard lock(mutex_);
    const auto found = targets_.find(key_of(process_id, secret));
    if (found == targets_.end()) return std::nullopt;
    return found->second;
}

std::size_t cancel_registry::size() const {
    const std::lock_guard lock(mutex_);
    return targets_.size();
}

}  // namespace pgfold::net
