// A client that talks to the same server twice: through a session that folds, and directly. What it
// gets must be the same bytes.
#pragma once

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "analyzer/detect/connection_detector.hpp"
#include "analyzer/detect/detector.hpp"
#include "proxy/freshness/table_versions.hpp"
#include "proxy/session/session.hpp"
#include "unit/catalog/made_catalog.hpp"
#include "unit/session/shop_server.hpp"

namespace pgfold::test {

// What sessions of one pgfold share.
struct folding_surroundings {
    folding_surroundings() {
        catalog::made_catalog rows;
        rows.table(shop_server::parent_table, "parent", "r", {"id"});
        rows.table(shop_server::child_table, "child", "r", {"parent_id", "name", "n"});
        auto& known = versions.database("shop")->catalog();
        EXPECT_TRUE(known.publish(rows.build(), known.generation()));
    }

    std::shared_ptr<const fold::fold_settings> settings = std::make_shared<fold::fold_settings>();
    std::shared_ptr<fold::association_table> associations =
        std::make_shared<fold::association_table>();
    std::shared_ptr<fold::catalog_claims> claims = std::make_shared<fold::catalog_claims>();
    freshness::table_versions versions{std::make_shared<catalog::catalog_directory>()};
    freshness::known_effects effects;
    sql::statement_analyzer analyzer{sql::make_template_table()};
    detect::detector_hub hub{{}};
    telemetry::thread_counters counters;
    detect::timestamp now{std::chrono::seconds(1'700'000'000)};
    std::shared_ptr<fold::session_pools> pools;  // null: each folds by itself
    std::uint64_t connections = 0;
    std::string log_in_as_version;  // of the server; empty: it does not say
    bool strip_comments = false;
};

class counting_waker final : public cache::waker {
public:
    void wake() override { ++calls; }
    unsigned calls = 0;
};

class folding_conversation {
public:
    explicit folding_conversation(folding_surroundings& shared)
        : shared_(shared),
          detector_(shared.hub.connect_detector()),
          session_({.strip_comments = shared.strip_comments},
                   {.connection_id = ++shared.connections, .database = "shop", .user = "app"},
                   shared.analyzer, detector_.get(), shared.counters, shared.now) {
        session_.use_waker(waker_);
        session_.enable_folding({shared.settings, shared.associations, shared.claims,
                                 shared.versions, shared.effects, detector_->recent_results(),
                                 nullptr, shared.pools, detector_.get(), "server"});
        from_server(backend::authentication_ok() +
                    backend::parameter_status("standard_conforming_strings", "on") +
                    (shared.log_in_as_version.empty()
                         ? bytes()
                         : backend::parameter_status("server_version", shared.log_in_as_version)) +
                    backend::backend_key_data(42, "keys") + backend::ready());
        to_client_.clear();
    }

    // Cuts what follows into pieces of this size; 0: one piece.
    void cut_client_into(std::size_t piece) { client_piece_ = piece; }
    void cut_server_into(std::size_t piece) { server_piece_ = piece; }

    // Sends it both ways and reads to the end.
    void exchange(const bytes& input) {
        from_client(input);
        answered_here_ += !to_client_.empty();
        finish();
        const bytes expected = direct_.answer(input);
        EXPECT_EQ(split(to_client_), split(expected));
        ASSERT_EQ(std::exchange(to_client_, {}), expected);
    }

    // Half of an exchange. A client is not read while it has to wait.
    void from_client(const bytes& input) {
        for (const bytes& piece : cut(input, client_piece_)) {
            feed(piece, true);
            if (!session_.wants_client_bytes() && client_piece_ != 0) finish();
        }
    }
    void from_server(const bytes& input) {
        for (const bytes& piece : cut(input, server_piece_))
            feed(piece, false);
    }
    // The server answers until there is nothing more to answer.
    void finish() {
        while (!to_server_.empty()) {
            const bytes sent = std::exchange(to_server_, {});
            ++round_trips_;
            from_server(server_.answer(sent));
        }
    }

    // What the waker was told to see to.
    [[nodiscard]] unsigned times_woken() const { return waker_->calls; }
    void wake() {
        pgfold::session::action_list actions;
        session_.on_wake(shared_.now, actions);
        carry_out(actions);
    }

    [[nodiscard]] bytes take_to_client() { return std::exchange(to_client_, {}); }
    [[nodiscard]] bytes take_to_server() { return std::exchange(to_server_, {}); }
    [[nodiscard]] unsigned take_round_trips() { return std::exchange(round_trips_, 0); }
    // Exchanges that were answered before the server was heard.
    [[nodiscard]] unsigned take_answered_here() { return std::exchange(answered_here_, 0); }

    [[nodiscard]] pgfold::session::session& session() { return session_; }
    [[nodiscard]] shop_server& server() { return server_; }
    [[nodiscard]] shop_server& direct() { return direct_; }
    template <class Change>
    void change_servers(Change change) {
        change(server_);
        change(direct_);
    }
    [[nodiscard]] const std::vector<pgfold::session::action_kind>& closes() const {
        return closes_;
    }

    // Types and bodies, so that a difference can be read.
    static std::vector<std::string> split(const bytes& stream) {
        std::vector<std::string> all;
        protocol::frame_reader reader;
        reader.feed(stream);
        while (true) {
            const auto f = reader.next([](std::uint8_t, std::uint32_t body) { return body; });
            if (f.state != protocol::frame_state::message) return all;
            std::string text(1, static_cast<char>(f.type));
            for (const char c : protocol::as_text(f.body))
                text += c >= ' ' && c <= '~' ? c : '.';
            all.push_back(std::move(text));
        }
    }

private:
    static std::vector<bytes> cut(const bytes& input, std::size_t size) {
        if (size == 0) return {input};
        std::vector<bytes> pieces;
        for (std::size_t at = 0; at < input.size(); at += size)
            pieces.emplace_back(
                input.begin() + static_cast<std::ptrdiff_t>(at),
                input.begin() + static_cast<std::ptrdiff_t>(std::min(at + size, input.size())));
        return pieces;
    }

    void feed(const bytes& input, bool from_client) {
        // A copy of its own, so that a sanitizer sees any use of bytes that are gone.
        const auto copy = std::make_unique<bytes>(input);
        shared_.now += std::chrono::microseconds(1);
        pgfold::session::action_list actions;
        if (from_client)
            session_.on_client_bytes(*copy, shared_.now, actions);
        else
            session_.on_server_bytes(*copy, shared_.now, actions);
        carry_out(actions);
    }

    void carry_out(const pgfold::session::action_list& actions) {
        for (const auto& a : actions) {
            using enum pgfold::session::action_kind;
            if (a.kind == send_to_client)
                to_client_.insert(to_client_.end(), a.bytes.begin(), a.bytes.end());
            else if (a.kind == send_to_server)
                to_server_.insert(to_server_.end(), a.bytes.begin(), a.bytes.end());
            else
                closes_.push_back(a.kind);
        }
    }

    folding_surroundings& shared_;
    std::shared_ptr<counting_waker> waker_ = std::make_shared<counting_waker>();
    std::unique_ptr<detect::connection_detector> detector_;
    pgfold::session::session session_;
    shop_server server_, direct_;
    std::size_t client_piece_ = 0, server_piece_ = 0;
    unsigned round_trips_ = 0, answered_here_ = 0;
    bytes to_client_, to_server_;
    std::vector<pgfold::session::action_kind> closes_;
};

}  // namespace pgfold::test
