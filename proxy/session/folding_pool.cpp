// Folding together with the other sessions of the client's pool: with whom, and when.
#include "proxy/session/folding.hpp"
#include "proxy/session/session_implementation.hpp"

namespace pgfold::session {

// Before a lookup is looked at: do other sessions see now what this one sees? `count`: requests of
// the lookup itself.
void session::implementation::follow_pool(std::size_t count) {
    if (!resources_->pools || resources_->settings->mode == fold::fold_mode::off) return;
    fold::pool_member& pool = folding_->folder.pool();
    // (Such a session also counts as a writer of what it reads: this spares it the attempt.)
    const bool own_view = writes_->has_writes_in_flight() || writes_->hides_permanent();
    const bool sees_the_same = !own_view && only_lookups_before(count);
    pool.allow(sees_the_same);
    if (!sees_the_same) return;
    const auto settings = pool_settings();
    if (settings == folding_->pool_settings) return;
    folding_->pool_settings = settings;
    if (!settings) {
        pool.leave();
        return;
    }
    // All that an answer depends on besides the question.
    std::string identity(reinterpret_cast<const char*>(&*settings), sizeof *settings);
    identity += who_.database + '\0' + resources_->server;
    pool.join(resources_->pools->of(identity, resources_->settings->bytes_max));
}

// nullopt: they are not known.
std::optional<sql::hash128> session::implementation::pool_settings() {
    if (!versions_->rules().share_with_equal_settings) return sql::hash128{};
    return settings_value(resources_->pools->hash());
}

void session::use_waker(std::shared_ptr<cache::waker> own) {
    implementation_->waker_ = std::move(own);
}

void session::on_wake(timestamp now, action_list& actions) {
    auto& self = *implementation_;
    if (!self.folding_ || self.phase_ != session_phase::ready) return;
    self.folding_->arena.clear();
    if (self.caching_) self.caching_->given.clear();
    self.fold_server_bytes({}, now, actions);
}

std::optional<timestamp> session::wake_at() const {
    const auto& folding = implementation_->folding_;
    if (!folding || !folding->waiting) return std::nullopt;
    const auto& caching = implementation_->caching_;
    if (caching && caching->since) return *caching->since + flight_patience;
    return folding->folder.pool().waits_until();
}

}  // namespace pgfold::session
