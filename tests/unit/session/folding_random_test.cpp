// Random conversations through a session that folds, cut anywhere: the client's bytes must be those
// that the server itself would have sent. PGFOLD_SEED repeats one.
#include <array>
#include <cstdlib>
#include <iostream>
#include <random>

#include <gtest/gtest.h>

#include "unit/session/folding_conversation.hpp"

namespace pgfold::test {
namespace {

const std::string child = "SELECT name, n FROM child WHERE parent_id = $1";

// A client that runs loops, and mixes what drivers do in them. Now and then it refers to a
// statement that it has not, such as the unnamed one behind a Query, and goes on after errors.
class random_client {
public:
    explicit random_client(unsigned seed) : random_(seed) {}

    bytes step() {
        switch (number(120)) {
            case 0:
                return frontend::query("UPDATE child SET n = 1 WHERE parent_id = 3");
            case 1:
            case 2:
                return query(one_in(4) ? "BEGIN ISOLATION LEVEL REPEATABLE READ" : "BEGIN");
            case 3:
            case 4:
                return query(one_in(4) ? "ROLLBACK" : "COMMIT");
            case 5:
                has_.fill(false);
                return query("DEALLOCATE ALL");
            case 6:
                return query("EXECUTE " + name(true) + " (" + std::to_string(next_key()) + ")");
            case 7:
                return frontend::describe_statement(name(true)) + end();
            case 8:
                return begin() + end();
            case 9:
                return one_in(2) ? frontend::sync() : frontend::flush();
            case 10:
            case 11:
                key_ = 0;
                return query("SELECT id FROM parent");
            case 12:
            case 13:
                return begin() + lookup() + query("COMMIT");
            case 14:
                return begin() + lookup();
            default:
                break;
        }
        const std::size_t kind = number(10);
        if (kind < 2) return prepare();
        if (kind < 4) return forget();
        if (kind < 5)
            return query("SELECT name, n FROM child WHERE parent_id = " +
                         std::to_string(next_key()));
        return lookup();
    }

    std::size_t number(std::size_t below) { return random_() % below; }
    bool one_in(std::size_t count) { return number(count) == 0; }

private:
    bytes query(const std::string& text) {
        has_unnamed_ = has_unnamed_ && one_in(3);
        return frontend::query(text);
    }

    // One that it has, or one that it has not; the other way round by mistake.
    std::string name(bool has) {
        std::size_t i = number(has_.size());
        for (std::size_t tries = 0; tries < 4 && has_[i] != has && !one_in(30); ++tries)
            i = (i + 1) % has_.size();
        last_ = i;
        return "s" + std::to_string(i);
    }

    // Mostly in the parent's order.
    int next_key() {
        if (one_in(20)) key_ = static_cast<int>(number(shop_server::parents));
        key_ = key_ % shop_server::parents + 1;
        return key_;
    }

    bytes end() {
        open_ = one_in(20);
        return open_ ? frontend::flush() : frontend::sync();
    }

    // A Parse of the unnamed statement is mostly not to be skipped because of an error before it:
    // the client would take the statement for its own.
    bytes fresh() { return open_ && !one_in(5) ? frontend::sync() : bytes(); }

    bytes begin() {
        has_unnamed_ = false;
        return fresh() + frontend::parse("", "BEGIN") + frontend::bind("", "") +
               frontend::execute("", 0);
    }

    bytes prepare() {
        const std::string taken = name(false);
        has_[last_] = true;
        const bytes described = one_in(3) ? frontend::describe_statement(taken) : bytes();
        return frontend::parse(taken, child) + described + end();
    }

    bytes forget() {
        const std::string given = name(true);
        has_[last_] = false;
        return one_in(3) ? frontend::close_statement(given) + end() : query("DEALLOCATE " + given);
    }

    bytes lookup() {
        const bool named = has_[0] || has_[1] || has_[2] || has_[3];
        bytes all;
        if (!named && (!has_unnamed_ || !one_in(4))) {
            all = fresh() + frontend::parse("", child);
            if (one_in(4)) all = all + frontend::describe_statement("") + end();
            has_unnamed_ = true;
        }
        const std::string key = std::to_string(next_key()), from = named ? name(true) : "";
        all = all + (one_in(20) ? frontend::bind("", from, {key}, {0}, {0, 1})
                                : frontend::bind("", from, {key}, {0}, {0}));
        if (!one_in(3)) all = all + frontend::describe_portal("");
        all = all + frontend::execute();
        return (one_in(4) ? all + frontend::close_portal("") : all) + end();
    }

    std::mt19937 random_;
    int key_ = 0;
    bool has_unnamed_ = false;
    bool open_ = false;  // messages without a Sync behind them
    std::array<bool, 4> has_{};
    std::size_t last_ = 0;
};

TEST(FoldingRandom, ConversationsAreTheServersOwn) {
    const char* given = std::getenv("PGFOLD_SEED");
    const unsigned seed =
        given != nullptr ? static_cast<unsigned>(std::atoi(given)) : std::random_device()();
    std::uint64_t folded = 0;
    for (unsigned i = 0; i < 60; ++i) {
        SCOPED_TRACE("PGFOLD_SEED=" + std::to_string(seed + i));
        folding_surroundings shared;
        folding_conversation c(shared);
        random_client client(seed + i);
        if (client.one_in(4)) c.change_servers([](shop_server& s) { s.failing = {7, 13, 30}; });
        const std::size_t cut = client.number(3);
        std::vector<bytes> said{frontend::query("SELECT id FROM parent")};
        c.exchange(said.back());
        for (int step = 0; step < 80 && !HasFatalFailure(); ++step) {
            bytes input = client.step();
            while (client.one_in(5))
                input = input + client.step();
            c.cut_client_into(cut == 0 ? 0 : 1 + client.number(60));
            c.cut_server_into(cut < 2 ? 0 : 1 + client.number(60));
            said.push_back(input);
            c.exchange(input);
        }
        folded += shared.counters.folded_lookups.value();
        if (!HasFailure()) continue;
        for (const bytes& input : said)
            std::cout << testing::PrintToString(folding_conversation::split(input)) << '\n';
        return;
    }
    EXPECT_GT(folded, 20u);
}

}  // namespace
}  // namespace pgfold::test
